package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestRunsAreFoundByWhatTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 10, 10)
		one, two := begin(), begin()
		one.Run.TriggerID, one.Run.Trigger, one.Run.Tags = uuid.Must(uuid.NewV7()), "nightly", []string{"blue", `qu"ote`}
		two.Run.Graph, two.Run.Environment = "other", "PROD"
		f.accept(one)
		f.claim(1)
		f.accept(two)
		first := f.read(one.Run.ID)
		after := first.CreatedAt.Add(time.Microsecond)
		for name, c := range map[string]struct {
			filter store.RunFilter
			want   []uuid.UUID
		}{
			"Everything":   {store.RunFilter{}, []uuid.UUID{two.Run.ID, one.Run.ID}},
			"TriggerName":  {store.RunFilter{Trigger: "nightly"}, []uuid.UUID{one.Run.ID}},
			"TriggerID":    {store.RunFilter{Trigger: one.Run.TriggerID.String()}, []uuid.UUID{one.Run.ID}},
			"GraphName":    {store.RunFilter{Graph: "other"}, []uuid.UUID{two.Run.ID}},
			"GraphID":      {store.RunFilter{Graph: one.Run.GraphID.String()}, []uuid.UUID{one.Run.ID}},
			"Environment":  {store.RunFilter{Environment: "PROD"}, []uuid.UUID{two.Run.ID}},
			"Status":       {store.RunFilter{Status: []run.Status{run.StatusRunning, run.StatusFailed}}, []uuid.UUID{one.Run.ID}},
			"Since":        {store.RunFilter{Since: &after}, []uuid.UUID{two.Run.ID}},
			"Until":        {store.RunFilter{Until: &after}, []uuid.UUID{one.Run.ID}},
			"Tag":          {store.RunFilter{Tag: "blue"}, []uuid.UUID{one.Run.ID}},
			"QuotedTag":    {store.RunFilter{Tag: `qu"ote`}, []uuid.UUID{one.Run.ID}},
			"NoSuchTag":    {store.RunFilter{Tag: "b"}, nil},
			"SeveralAtOne": {store.RunFilter{Trigger: "nightly", Environment: "PROD"}, nil},
		} {
			runs, next, err := f.tenant.Runs(ctx, c.filter, store.Page{})
			f.check(err)
			if len(runs) != len(c.want) || next != "" {
				t.Errorf("%s: %d runs, next %q; want %d", name, len(runs), next, len(c.want))
				continue
			}
			for i, r := range runs {
				if r.ID != c.want[i] {
					t.Errorf("%s: run %d is %s, want %s", name, i, r.ID, c.want[i])
				}
			}
		}
		_, _, err := f.tenant.Runs(ctx, store.RunFilter{Tag: "\x00"}, store.Page{})
		refused(t, err, fault.CodeInvalid)
	})
}

func TestPagesHoldEveryRunOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		f := newFleet(t, s, 10, 10)
		want := map[uuid.UUID]bool{}
		for range 5 {
			want[f.accept(begin()).Run] = true
		}
		var page store.Page
		for page.Limit = 2; ; {
			runs, next, err := f.tenant.Runs(t.Context(), store.RunFilter{}, page)
			f.check(err)
			for _, r := range runs {
				if !want[r.ID] {
					t.Errorf("run %s twice, or of nobody", r.ID)
				}
				delete(want, r.ID)
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		if len(want) != 0 {
			t.Errorf("no page held %v", want)
		}
	})
}
