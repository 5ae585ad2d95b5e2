package boot

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// part is a service made of a function.
type part struct {
	name string
	run  func(context.Context) error
}

func (p part) Name() string                  { return p.name }
func (p part) Run(ctx context.Context) error { return p.run(ctx) }

func waits(name string) part {
	return part{name, func(ctx context.Context) error { <-ctx.Done(); return nil }}
}

func TestTheFirstFailureEndsTheOthersAndAllAreNamed(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	err := together(t.Context(), []Service{
		waits("patient"),
		part{"first", func(context.Context) error { return broken }},
		part{"second", func(ctx context.Context) error { <-ctx.Done(); return errors.New("torn") }},
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "first: broken") || !strings.Contains(err.Error(), "second: torn") || strings.Contains(err.Error(), "patient") {
		t.Errorf("got %v", err)
	}
}

func TestAServiceThatIsDoneLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	err := together(ctx, []Service{
		part{"quick", func(context.Context) error { close(done); return nil }},
		part{"long", func(ctx context.Context) error {
			<-done
			if ctx.Err() != nil {
				return errors.New("ended by a neighbour that was done")
			}
			cancel()
			<-ctx.Done()
			return nil
		}},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheFoundationEndsAfterTheServices(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	drained := make(chan struct{})
	err := stacked(ctx,
		[]Service{part{"below", func(ctx context.Context) error {
			<-ctx.Done()
			select {
			case <-drained:
				return nil
			default:
				return errors.New("ended before the services had drained")
			}
		}}},
		[]Service{part{"above", func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			close(drained)
			return nil
		}}})
	if err != nil {
		t.Error(err)
	}
}

func TestAFoundationThatFailsEndsTheServices(t *testing.T) {
	t.Parallel()
	err := stacked(t.Context(),
		[]Service{part{"below", func(context.Context) error { return errors.New("gave way") }}},
		[]Service{waits("above")})
	if err == nil || !strings.Contains(err.Error(), "below: gave way") {
		t.Errorf("got %v", err)
	}
}
