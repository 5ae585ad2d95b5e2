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

func TestWorkspaceIsStoredWithDefaults(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme", Title: "Acme"})
		must(t, err)
		want := tenant.Workspace{
			ID: made.ID, Name: "acme", Title: "Acme", Tier: "free", DefaultEnvironment: "DEV", Limits: tenant.DefaultLimits,
			Revision: 1, CreatedAt: made.CreatedAt, UpdatedAt: made.CreatedAt,
		}
		byName, err := s.WorkspaceByName(t.Context(), "acme")
		must(t, err)
		byKey, err := s.In(made.ID).Workspace(t.Context())
		must(t, err)
		for _, got := range []tenant.Workspace{made, byName, byKey} {
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		}
	})
}

func TestImpossibleWorkspacesAreInvalid(t *testing.T) {
	t.Parallel()
	cases := map[string]tenant.Workspace{
		"reserved":    {Name: "status"},
		"empty":       {Name: ""},
		"slash":       {Name: "a/b"},
		"looks an id": {Name: uuid.NewString()},
		"title":       {Name: "acme", Title: "a\x00b"},
		"environment": {Name: "acme", DefaultEnvironment: "TEST"},
		"limits":      {Name: "acme", Limits: tenant.Limits{Running: -1}},
		"huge limits": {Name: "acme", Limits: tenant.Limits{Running: 1, Pending: 1 << 40}},
	}
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		for name, w := range cases {
			_, err := s.CreateWorkspace(t.Context(), w)
			if fault.Of(err).Code != fault.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := s.WorkspaceByName(t.Context(), "acme")
		refused(t, err, fault.NotFound)
	})
}

func TestWorkspaceNameIsTakenOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		_, err := s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		must(t, err)
		_, err = s.CreateWorkspace(t.Context(), tenant.Workspace{Name: "acme"})
		refused(t, err, fault.Conflict)
	})
}

func TestLimitsAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		want := tenant.Limits{Running: 3, Pending: 7}
		_, err := mine.ChangeWorkspace(ctx, nil, func(w tenant.Workspace) tenant.Workspace {
			w.Limits = want
			return w
		})
		must(t, err)

		got, err := mine.Workspace(ctx)
		must(t, err)
		other, err := theirs.Workspace(ctx)
		must(t, err)
		if got.Limits != want || got.Revision != 2 || other.Limits != tenant.DefaultLimits || other.Revision != 1 {
			t.Errorf("mine %+v, theirs %+v", got, other)
		}
	})
}

func TestNobodysWorkspaceCannotBeAsked(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("In(uuid.Nil) gave a view of every workspace")
		}
	}()
	new(store.Store).In(uuid.Nil)
}
