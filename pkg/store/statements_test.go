package store_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// What every call and every attempt asks must stay one statement.
func TestWhatIsAskedMostIsOneStatement(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, err := w.CreateKey(ctx, key.Key{Name: "ci"}, []byte("mac"))
		must(t, err)
		r := run.Run{
			Workspace: w.workspace.ID, TriggerID: w.trigger.ID, GraphID: w.graph.ID, Build: 1, Environment: "DEV", Epoch: 1,
		}
		_, err = s.Fleet().Load(ctx, store.Claim{Run: r})
		must(t, err)
		for name, ask := range map[string]func() error{
			"Authenticate": func() error {
				_, _, err := s.Authenticate(ctx, []byte("mac"))
				return err
			},
			"Target": func() error {
				_, err := w.Target(ctx, "nightly", "DEV")
				return err
			},
			"Load": func() error {
				_, err := s.Fleet().Load(ctx, store.Claim{Run: r})
				return err
			},
		} {
			if n := s.Statements(func() { must(t, ask()) }); n != 1 {
				t.Errorf("%s takes %d statements, want 1", name, n)
			}
		}
	})
}
