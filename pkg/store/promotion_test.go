package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// stages is a world whose graphs "digest" and "triage" have three builds each.
func stages(t *testing.T, s *store.Store) (w world, digest, triage uuid.UUID) {
	t.Helper()
	w = newWorld(t, s)
	for _, name := range []string{"digest", "triage"} {
		for n := range 3 {
			g, _, err := w.PutGraph(t.Context(), says(name, fmt.Sprint(n)), nil)
			must(t, err)
			must(t, fresh(w.Freeze(t.Context(), name, "test")))
			if name == "triage" {
				triage = g.ID
			}
		}
	}
	return w, w.graph.ID, triage
}

func fresh[T any](_ T, _ bool, err error) error { return err }

// stands is what an environment runs, by the name of the graph.
func (w world) stands(t *testing.T, environment string) map[string]int {
	t.Helper()
	all, err := w.Standing(t.Context(), environment)
	must(t, err)
	builds := map[string]int{}
	for _, a := range all {
		builds[a.Graph] = a.Build
	}
	return builds
}

func (w world) runs(t *testing.T, environment string, want map[string]int) {
	t.Helper()
	if d := cmp.Diff(want, w.stands(t, environment)); d != "" {
		t.Errorf("%s runs: %s", environment, d)
	}
}

func TestPromotionHappensWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, digest, triage := stages(t, s)
		must(t, failure(w.Assign(ctx, "PROD", "triage", 1, "key:a")))
		p := store.Promotion{Environment: "PROD", Kind: store.Promoted, Source: "DEV", CreatedBy: "key:b", Changes: []store.BuildChange{
			{GraphID: digest, Graph: "digest", To: 2}, {GraphID: triage, Graph: "triage", From: 2, To: 3},
		}}
		refused(t, failure(w.Promote(ctx, p)), fault.Conflict)
		w.runs(t, "PROD", map[string]int{"triage": 1})

		p.Changes[1].From = 1
		done, err := w.Promote(ctx, p)
		must(t, err)
		w.runs(t, "PROD", map[string]int{"digest": 2, "triage": 3})
		got, err := w.Promotion(ctx, "PROD", done.ID)
		must(t, err)
		p.ID, p.CreatedAt = done.ID, done.CreatedAt
		if d := cmp.Diff(p, got); d != "" {
			t.Error(d)
		}
		p.Changes[0].To = 9
		p.Changes[0].From = 2
		refused(t, failure(w.Promote(ctx, p)), fault.NotFound)
		refused(t, failure(w.Promotion(ctx, "DEV", done.ID)), fault.NotFound)
		refused(t, failure(w.Promotion(ctx, "PROD", uuid.New())), fault.NotFound)
	})
}

// rollback takes back the last change that stands.
func (w world) rollback(t *testing.T, environment string) (undone, rollback store.Promotion) {
	t.Helper()
	last, err := w.LastStanding(t.Context(), environment)
	must(t, err)
	return last, w.undo(t, last)
}

func (w world) undo(t *testing.T, p store.Promotion) store.Promotion {
	t.Helper()
	r := store.Promotion{Environment: p.Environment, Kind: store.RolledBack, Undoes: &p.ID, CreatedBy: "key:b"}
	for _, c := range p.Changes {
		r.Changes = append(r.Changes, store.BuildChange{GraphID: c.GraphID, Graph: c.Graph, From: c.To, To: c.From})
	}
	r, err := w.Promote(t.Context(), r)
	must(t, err)
	return r
}

func TestRollbackGoesBackStepByStep(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, _, triage := stages(t, s)
		must(t, failure(w.Assign(ctx, "PROD", "triage", 1, "key:a")))
		must(t, failure(w.Assign(ctx, "PROD", "triage", 1, "key:a"))) // changes nothing, and is not noted
		must(t, failure(w.Assign(ctx, "PROD", "digest", 1, "key:a")))
		must(t, failure(w.Promote(ctx, store.Promotion{Environment: "PROD", Kind: store.Promoted, Source: "DEV", Changes: []store.BuildChange{
			{GraphID: triage, Graph: "triage", From: 1, To: 2},
		}})))
		promoted, first := w.rollback(t, "PROD")
		w.runs(t, "PROD", map[string]int{"digest": 1, "triage": 1})
		_, second := w.rollback(t, "PROD")
		w.runs(t, "PROD", map[string]int{"triage": 1})

		// What was taken back stands again when the rollback is.
		w.undo(t, second)
		w.runs(t, "PROD", map[string]int{"digest": 1, "triage": 1})
		w.undo(t, first)
		w.runs(t, "PROD", map[string]int{"digest": 1, "triage": 2})
		if again, _ := w.rollback(t, "PROD"); again.ID != promoted.ID {
			t.Errorf("%v is rolled back, not the promotion that stands again", again)
		}
		w.rollback(t, "PROD")
		w.rollback(t, "PROD")
		w.runs(t, "PROD", map[string]int{})
		refused(t, failure(w.LastStanding(ctx, "PROD")), fault.Conflict)

		again := store.Promotion{Environment: "PROD", Kind: store.RolledBack, Undoes: &promoted.ID}
		refused(t, failure(w.Promote(ctx, again)), fault.Conflict)
		nowhere := uuid.New()
		refused(t, failure(w.Promote(ctx, store.Promotion{Environment: "PROD", Kind: store.RolledBack, Undoes: &nowhere})), fault.NotFound)

		all, _, err := w.Promotions(ctx, "PROD", "", store.Page{})
		must(t, err)
		kinds := map[store.PromotionKind]int{}
		for _, p := range all {
			kinds[p.Kind]++
		}
		if d := cmp.Diff(map[store.PromotionKind]int{store.ByHand: 2, store.Promoted: 1, store.RolledBack: 7}, kinds); d != "" {
			t.Error(d)
		}
	})
}

func TestHistoryOfAGraphIsPartOfTheWhole(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, digest, _ := stages(t, s)
		for n := 1; n <= 3; n++ {
			must(t, failure(w.Assign(ctx, "PROD", "digest", n, "key:a")))
			must(t, failure(w.Assign(ctx, "PROD", "triage", n, "key:a")))
		}
		for _, ref := range []string{"digest", digest.String()} {
			var got []store.BuildChange
			for p := (store.Page{Limit: 2}); ; {
				part, next, err := w.Promotions(ctx, "PROD", ref, p)
				must(t, err)
				for _, p := range part {
					got = append(got, p.Changes...)
				}
				if p.Cursor = next; next == "" {
					break
				}
			}
			want := []store.BuildChange{{Graph: "digest", From: 2, To: 3}, {Graph: "digest", From: 1, To: 2}, {Graph: "digest", To: 1}}
			if d := cmp.Diff(want, got, cmpopts.IgnoreFields(store.BuildChange{}, "GraphID")); d != "" {
				t.Errorf("%s: %s", ref, d)
			}
		}
		must(t, w.DeleteTrigger(ctx, "nightly"))
		must(t, w.DeleteGraph(ctx, "digest"))
		w.runs(t, "PROD", map[string]int{"triage": 3})
		all, _, err := w.Promotions(ctx, "PROD", digest.String(), store.Page{})
		must(t, err)
		if len(all) != 3 || !all[0].Changes[0].Gone {
			t.Errorf("the history of a deleted graph: %v", all)
		}
		listed, next, err := w.Assignments(ctx, "PROD", store.Page{})
		must(t, err)
		if len(listed) != 1 || listed[0].Graph != "triage" || listed[0].Environment != "PROD" || next != "" {
			t.Errorf("assignments %v, next %q", listed, next)
		}
	})
}

// Of many who change the same graph at once, having looked at the same build,
// one succeeds, and the history leads from one build to the next.
func TestPromotionsAtOnceDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w, digest, _ := stages(t, s)
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				errs[i] = failure(w.Promote(ctx, store.Promotion{Environment: "UAT", Kind: store.Promoted, Source: "DEV",
					Changes: []store.BuildChange{{GraphID: digest, Graph: "digest", To: 1 + i%3}}}))
			})
			all.Go(func() { must(t, failure(w.Assign(ctx, "PROD", "digest", 1+i%3, "x"))) })
		}
		all.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !errors.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d of them promoted", done)
		}
		history, _, err := w.Promotions(ctx, "PROD", "", store.Page{})
		must(t, err)
		stands := w.stands(t, "PROD")["digest"]
		for _, p := range history {
			if p.Changes[0].To != stands {
				t.Errorf("the history leads to %d, and then %d stands", p.Changes[0].To, stands)
			}
			stands = p.Changes[0].From
		}
		if stands != 0 {
			t.Errorf("the history begins at build %d", stands)
		}
	})
}

func TestPromotionsAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		last, err := theirs.LastStanding(ctx, "DEV")
		must(t, err)
		refused(t, failure(mine.Promotion(ctx, "DEV", last.ID)), fault.NotFound)
		refused(t, failure(mine.Definition(ctx, theirs.graph.ID, 1)), fault.NotFound)
		refused(t, failure(mine.Promote(ctx, store.Promotion{Environment: "DEV", Kind: store.RolledBack, Undoes: &last.ID})), fault.NotFound)
		refused(t, failure(mine.Promote(ctx, store.Promotion{Environment: "PROD", Kind: store.Promoted,
			Changes: []store.BuildChange{{GraphID: theirs.graph.ID, To: 1}}})), fault.NotFound)
		foreign, _, err := mine.Promotions(ctx, "DEV", theirs.graph.ID.String(), store.Page{})
		must(t, err)
		listed, _, err := mine.Assignments(ctx, "DEV", store.Page{})
		must(t, err)
		if own, err := mine.LastStanding(ctx, "DEV"); err != nil || own.ID == last.ID || len(foreign) != 0 || len(listed) != 1 || listed[0].GraphID != mine.graph.ID {
			t.Errorf("saw %v, %v, %v, %v", own, err, foreign, listed)
		}
		if len(mine.stands(t, "DEV")) != 1 || len(theirs.stands(t, "PROD")) != 0 {
			t.Error("somebody else's assignments show or changed")
		}
	})
}
