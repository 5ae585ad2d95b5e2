package intake

import (
	"context"
	"net/http"
	"net/url"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

// Again is how a person sends a delivery again.
type Again struct {
	// Environment is another one than it came to; empty for the same.
	Environment string
	// Key makes a repeated call find the first one's run; empty makes a run for
	// each call.
	Key string
	// Try only says what would become of it.
	Try bool
	// Source and Surface are the person's.
	Source  string
	Surface string
}

// Replay sends a delivery again, with its body: what the trigger says now is
// asked of it, and not whether it is genuine or came before, which is known. The
// new delivery says of which it is the replay. With Try nothing is kept or
// started, and a delivery without an outcome would start a run. Faults: Conflict
// when it was never verified, NotFound when its trigger is gone, and those of
// Take.
func (i Intake) Replay(ctx context.Context, d trigger.Delivery, again Again) (Taken, error) {
	if d.Outcome == trigger.DeliveryRejected {
		return Taken{}, fault.New(fault.Conflict, "the delivery was not verified: nothing may start from it")
	}
	if again.Environment == "" {
		again.Environment = d.Environment
	}
	b, err := i.Box(ctx, d.Trigger, again.Environment)
	if err != nil {
		return Taken{}, err
	}
	a := Arrival{Hook: hookOf(d), Source: again.Source, Surface: again.Surface, Class: run.Background}
	a.At = i.Now()
	j := b.begin(a)
	j.delivery.ReplayOf, j.delivery.Header = d.ID, d.Header
	j.seen = a.Hook
	j.stage("replayed", "by a person")
	if b.read(j, a.Hook, signature.Match{Secret: trigger.Unverified}) {
		if err := b.redecide(ctx, j); err != nil {
			return Taken{}, err
		}
	}
	j.key = again.Key
	if again.Try {
		return j.taken(), nil
	}
	return b.settle(ctx, a, j)
}

// redecide is decide for a person, who is no loop, and who wants a run and no
// capture.
func (b Box) redecide(ctx context.Context, j *judgement) error {
	if b.refused(j); j.over() {
		return nil
	}
	mapping, err := trigger.MappingOf(b.found.Trigger.Config)
	if err != nil {
		return err
	}
	scope := j.seen.Seen(b.found.Trigger, j.report)
	if b.filter(ctx, j, mapping, scope); !j.over() {
		b.mapped(ctx, j, mapping, scope)
	}
	return late(ctx)
}

// hookOf is the request that a delivery was, as far as it was kept.
func hookOf(d trigger.Delivery) trigger.Hook {
	return trigger.Hook{Method: d.Method, Header: http.Header(d.Header), Query: url.Values(d.Query), Body: d.Body}
}
