package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestEntryIsAKeyAndATriggerOfItsWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newWorld(t, s), newWorld(t, s)
		mac := []byte("mac of " + mine.workspace.Name)
		_, err := mine.CreateKey(t.Context(), key.Key{Name: "k", Handle: "k123456789"}, mac)
		must(t, err)
		for name, c := range map[string]struct {
			ref, environment string
			build            int
			missing          error
		}{
			"ByName":                    {"nightly", "DEV", 1, nil},
			"ByID":                      {mine.trigger.ID.String(), "DEV", 1, nil},
			"WithoutABuild":             {"nightly", "PROD", 0, nil},
			"UnknownTrigger":            {"nothing", "DEV", 0, fault.NotFound},
			"UnknownID":                 {uuid.NewString(), "DEV", 0, fault.NotFound},
			"TriggerOfAnotherWorkspace": {theirs.trigger.ID.String(), "DEV", 0, fault.NotFound},
			"NoName":                    {"not a name", "DEV", 0, fault.NotFound},
		} {
			t.Run(name, func(t *testing.T) {
				e, err := s.Enter(t.Context(), mac, c.ref, c.environment)
				must(t, err)
				if e.Workspace.ID != mine.workspace.ID || e.Key.Name != "k" || !errors.Is(e.Missing, c.missing) {
					t.Fatalf("entered %s with %q, missing %v", e.Workspace.Name, e.Key.Name, e.Missing)
				}
				target, missing := mine.Target(t.Context(), c.ref, c.environment)
				if d := cmp.Diff(target, e.Target, sameJSON); d != "" || (missing == nil) != (e.Missing == nil) || e.Target.Build != c.build {
					t.Errorf("the entry has build %d (%v), the trigger alone %d (%v): %s", e.Target.Build, e.Missing, target.Build, missing, d)
				}
			})
		}
		_, err = s.Enter(t.Context(), []byte("another"), "nightly", "DEV")
		refused(t, err, fault.Unauthenticated)
		_, err = s.Enter(t.Context(), []byte("another"), "not a name", "DEV")
		refused(t, err, fault.Unauthenticated)
	})
}
