package store_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func asking(question string) run.Ask {
	return run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput, Question: json.RawMessage(question)}
}

func TestAsksAreFoundByWhatTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 2, 10)
		l, ending := f.running(), f.running()
		ada, nobody, gone := asking(`{"text":"?","assignees":["ada","bob"]}`), asking(`{"text":"?"}`), asking(`{"text":"?"}`)
		timer := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForTimer}
		f.check(f.Append(ctx, l, []run.Record{waiting(1, "a", ada), waiting(2, "b", nobody), waiting(3, "c", timer), waiting(4, "d", gone)}))
		f.check(f.Append(ctx, l, []run.Record{{Seq: 5, At: time.Now(), Type: run.Withdrawn, Node: "d", Data: json.RawMessage(`{}`)}}))
		orphan := asking(`{"text":"?"}`)
		f.check(f.Append(ctx, ending, []run.Record{waiting(1, "a", orphan)}))
		f.check(f.finish(ending))

		for name, c := range map[string]struct {
			filter store.AskFilter
			want   []run.Ask // newest first
		}{
			"everything":  {store.AskFilter{}, []run.Ask{orphan, timer, gone, nobody, ada}},
			"open":        {store.AskFilter{Status: store.AskOpen}, []run.Ask{timer, nobody, ada}},
			"closed":      {store.AskFilter{Status: store.AskClosed}, []run.Ask{orphan, gone}},
			"reason":      {store.AskFilter{Reasons: []run.Reason{run.ForTimer}}, []run.Ask{timer}},
			"assignee":    {store.AskFilter{Assignee: "bob"}, []run.Ask{ada}},
			"no assignee": {store.AskFilter{Assignee: "bo"}, nil},
			"run":         {store.AskFilter{Run: ending.Run}, []run.Ask{orphan}},
			"no graph":    {store.AskFilter{Graph: "another"}, nil},
		} {
			asks, _, err := f.tenant.Asks(ctx, c.filter, store.Page{})
			f.check(err)
			var got, want []uuid.UUID
			for _, a := range asks {
				got = append(got, a.ID)
			}
			for _, a := range c.want {
				want = append(want, a.ID)
			}
			slices.SortFunc(want, func(a, b uuid.UUID) int { return -slices.Compare(a[:], b[:]) })
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		for id, want := range map[uuid.UUID]fault.Code{gone.ID: fault.Conflict, orphan.ID: fault.AlreadyFinished} {
			_, _, err := f.tenant.Answer(ctx, id, run.Answer{Decision: run.Given, By: "ada"})
			refused(t, err, want)
			if a, err := f.tenant.Ask(ctx, id); err != nil || a.Status != store.AskClosed {
				t.Errorf("%+v, %v", a, err)
			}
		}
	})
}

func TestOfManyAnswersAtOnceOneWins(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		ask := asking(`{"text":"?"}`)
		f.check(f.Append(ctx, l, []run.Record{waiting(1, "a", ask)}))
		f.check(f.Wait(ctx, l, run.ForInput, 0, nil))
		const many = 16
		var group sync.WaitGroup
		errs := make([]error, many)
		for i := range many {
			group.Go(func() {
				_, _, errs[i] = f.tenant.Answer(ctx, ask.ID, run.Answer{Decision: run.Given, By: string(rune('a' + i))})
			})
		}
		group.Wait()
		won := slices.Index(errs, nil)
		for i, err := range errs {
			if i != won {
				refused(t, err, fault.Conflict)
			}
		}
		if a, err := f.tenant.Ask(ctx, ask.ID); won < 0 || err != nil || a.Answer.By != string(rune('a'+won)) {
			t.Errorf("%d won, %+v, %v", won, a, err)
		}
		f.healthy()
	})
}
