package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestChangeIsMadeOfWhatIsThere(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, _, err := w.PutGraph(ctx, says("other", "x"), nil)
		must(t, err)
		retarget := func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Kind, g.Graph, g.GraphID, g.Status = "manual", "other", [16]byte{}, ""
			return g, nil
		}
		_, err = w.ChangeTrigger(ctx, "nightly", new(7), retarget)
		refused(t, err, fault.RevisionMismatch)
		got, err := w.ChangeTrigger(ctx, "nightly", new(1), retarget)
		if err != nil || got.Kind != "manual" || got.Graph != "other" || got.Revision != 2 || got.ID != w.trigger.ID || got.Title != "Nightly digest" {
			t.Errorf("%+v, %v", got, err)
		}
		if again, err := w.ChangeTrigger(ctx, "nightly", nil, retarget); err != nil || again.Revision != 2 {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		mine := errors.New("mine")
		if _, err := w.ChangeTrigger(ctx, "nightly", nil, func(g trigger.Trigger) (trigger.Trigger, error) { return g, mine }); !errors.Is(err, mine) {
			t.Errorf("an error of the edit: %v", err)
		}
		for name, edit := range map[string]func(*trigger.Trigger){
			"name":  func(g *trigger.Trigger) { g.Name = "new" },
			"graph": func(g *trigger.Trigger) { g.Graph, g.GraphID = "nothing", [16]byte{} },
			"build": func(g *trigger.Trigger) { g.Build = 9 },
			"label": func(g *trigger.Trigger) { g.Labels = map[string]string{"a:b": ""} },
		} {
			_, err := w.ChangeTrigger(ctx, "nightly", nil, func(g trigger.Trigger) (trigger.Trigger, error) {
				edit(&g)
				return g, nil
			})
			if fault.Of(err).Code != fault.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestNoChangeIsLostAmongMany(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const n = 8
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				_, err := w.ChangeTrigger(t.Context(), "nightly", nil, func(g trigger.Trigger) (trigger.Trigger, error) {
					labels := map[string]string{fmt.Sprint("l", i): "x"}
					for name, value := range g.Labels {
						labels[name] = value
					}
					g.Labels = labels
					return g, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		got, err := w.Trigger(t.Context(), "nightly")
		must(t, err)
		if len(got.Labels) != n+1 || got.Revision != n+1 {
			t.Errorf("%d labels at revision %d", len(got.Labels), got.Revision)
		}
	})
}
