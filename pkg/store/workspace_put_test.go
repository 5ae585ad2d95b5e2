package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

func TestWorkspaceChangesInAllButItsName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		want := made
		want.Title, want.Tier, want.DefaultEnvironment = "Acme", "gold", "PROD"
		want.Limits, want.TriggersPaused, want.Revision = tenant.Limits{Running: 3, Pending: 7}, true, 2

		change := func(tenant.Workspace) tenant.Workspace {
			w := want
			w.Name = "other"
			return w
		}
		got, err := s.In(made.ID).ChangeWorkspace(t.Context(), &made.Revision, change)
		must(t, err)
		want.UpdatedAt = got.UpdatedAt
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		again, err := s.In(made.ID).ChangeWorkspace(t.Context(), nil, change)
		must(t, err)
		if d := cmp.Diff(want, again); d != "" {
			t.Errorf("the same workspace again changes it: %s", d)
		}
		read, err := s.In(made.ID).Workspace(t.Context())
		must(t, err)
		if d := cmp.Diff(want, read); d != "" {
			t.Error(d)
		}
	})
}

func TestChangesOfDifferentThingsAllHappen(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		const each = 10
		var all sync.WaitGroup
		for i := range each {
			for _, change := range []func(*tenant.Workspace){
				func(w *tenant.Workspace) { w.Title += "t" },
				func(w *tenant.Workspace) { w.Tier += fmt.Sprint(i % 10) },
				func(w *tenant.Workspace) { w.Limits.Running++ },
			} {
				all.Go(func() {
					_, err := s.In(made.ID).ChangeWorkspace(t.Context(), nil, func(w tenant.Workspace) tenant.Workspace {
						change(&w)
						return w
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		got, err := s.In(made.ID).Workspace(t.Context())
		must(t, err)
		if got.Title != strings.Repeat("t", each) || len(got.Tier) != len(made.Tier)+each ||
			got.Limits.Running != made.Limits.Running+each || got.Revision != 1+3*each {
			t.Errorf("%+v", got)
		}
	})
}

func TestWorkspaceRefusesWhatCreateWould(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		change := func(c func(*tenant.Workspace)) func(tenant.Workspace) tenant.Workspace {
			return func(w tenant.Workspace) tenant.Workspace { c(&w); return w }
		}
		stale := made.Revision + 1
		_, err = s.In(made.ID).ChangeWorkspace(t.Context(), &stale, change(func(w *tenant.Workspace) { w.Title = "x" }))
		refused(t, err, fault.RevisionMismatch)
		for name, c := range map[string]func(*tenant.Workspace){
			"limits.running": func(w *tenant.Workspace) { w.Limits.Running = 0 },
			"limits.pending": func(w *tenant.Workspace) { w.Limits.Pending = tenant.MostRuns + 1 },
			"environments":   func(w *tenant.Workspace) { w.DefaultEnvironment = "MOON" },
			"title":          func(w *tenant.Workspace) { w.Title = "a\x00b" },
			"tier":           func(w *tenant.Workspace) { w.Tier = strings.Repeat("x", 513) },
			"limits.min_interval": func(w *tenant.Workspace) {
				w.Limits.MinInterval = strings.Repeat("0", 512) + "1s"
			},
		} {
			_, err := s.In(made.ID).ChangeWorkspace(t.Context(), nil, change(c))
			refused(t, err, fault.CodeInvalid)
			if details := fault.Of(err).Details; len(details) != 1 || details[0].Path != name {
				t.Errorf("%s: wrong at %v", name, details)
			}
		}
		_, err = s.In(uuid.New()).ChangeWorkspace(t.Context(), nil, change(func(*tenant.Workspace) {}))
		refused(t, err, fault.NotFound)
		read, err := s.In(made.ID).Workspace(t.Context())
		must(t, err)
		if read.Revision != 1 {
			t.Errorf("a refused change changed %+v", read)
		}
	})
}

// A title is remembered with every call of a key, so nobody may make it long any
// more; one that was kept before does not stand in the way of the kill switch.
func TestWorkspaceWithALongTitleIsPausedAllTheSame(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		long := strings.Repeat("x", 513)
		_, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "wordy", Title: long})
		refused(t, err, fault.CodeInvalid)
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme", Title: long[1:]})
		must(t, err)
		must(t, s.Exec(`update workspaces set title = ? where id = ?`, long, made.ID))
		got, err := s.In(made.ID).ChangeWorkspace(t.Context(), nil, func(w tenant.Workspace) tenant.Workspace { w.TriggersPaused = true; return w })
		must(t, err)
		if !got.TriggersPaused || got.Title != long {
			t.Errorf("%+v", got)
		}
	})
}
