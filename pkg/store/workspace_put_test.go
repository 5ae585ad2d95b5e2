package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

func TestPutWorkspaceReplacesAllButItsName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		want := made
		want.Title, want.Tier, want.DefaultEnvironment = "Acme", "gold", "PROD"
		want.Limits, want.TriggersPaused, want.Revision = tenant.Limits{Running: 3, Pending: 7}, true, 2

		asked := want
		asked.Name = "other"
		got, err := s.In(made.ID).PutWorkspace(t.Context(), asked, &made.Revision)
		must(t, err)
		want.UpdatedAt = got.UpdatedAt
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		again, err := s.In(made.ID).PutWorkspace(t.Context(), asked, nil)
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

func TestPutWorkspaceRefusesWhatCreateWould(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		stale := made.Revision + 1
		_, err = s.In(made.ID).PutWorkspace(t.Context(), made, &stale)
		refused(t, err, fault.RevisionMismatch)

		wrong := made
		wrong.Limits.Running = 0
		_, err = s.In(made.ID).PutWorkspace(t.Context(), wrong, nil)
		refused(t, err, fault.CodeInvalid)

		_, err = s.In(uuid.New()).PutWorkspace(t.Context(), made, nil)
		refused(t, err, fault.NotFound)
	})
}
