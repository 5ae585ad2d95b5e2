package store_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestForeignRunsDoNotExist(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		accepted, err := theirs.Accept(ctx, theirs.start())
		must(t, err)
		id := accepted.Run
		claims, err := s.Fleet().ClaimReady(ctx, run.Background, "worker", 1)
		must(t, err)
		lease := run.Lease{Run: id, Epoch: claims[0].Run.Epoch}
		ask := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput}
		decides := run.Record{Seq: 1, Epoch: lease.Epoch, At: claims[0].Run.CreatedAt, Type: run.StepCompleted, Node: "start", Data: json.RawMessage(`{"edges":{"0":true,"1":false}}`)}
		must(t, s.Fleet().Append(ctx, lease, []run.Record{decides, waiting(2, "ask", ask)}))
		must(t, s.Fleet().Wait(ctx, lease, run.ForInput, 0, nil))

		_, err = mine.Run(ctx, id)
		refused(t, err, fault.NotFound)
		_, err = mine.Cancel(ctx, id, run.Requested)
		refused(t, err, fault.NotFound)
		_, _, err = mine.Answer(ctx, ask.ID, run.Answer{Decision: run.Given})
		refused(t, err, fault.NotFound)
		_, err = mine.Ask(ctx, ask.ID)
		refused(t, err, fault.NotFound)
		foreign, _, err := mine.Asks(ctx, store.AskFilter{}, store.Page{})
		must(t, err)
		own, _, err := theirs.Asks(ctx, store.AskFilter{Status: store.AskOpen, Run: id, Reasons: []run.Reason{run.ForInput}, Environments: []string{"DEV"}}, store.Page{})
		must(t, err)
		if len(foreign) != 0 || len(own) != 1 || own[0].ID != ask.ID {
			t.Errorf("asks %v of the other, %v of their own", foreign, own)
		}
		journal, err := mine.Journal(ctx, id, 0, 10)
		must(t, err)
		outline, err := mine.Outline(ctx, id)
		must(t, err)
		records, err := mine.Records(ctx, id, []int{1, 2})
		must(t, err)
		own2, err := theirs.Outline(ctx, id)
		must(t, err)
		own3, err := theirs.Records(ctx, id, []int{2, 7})
		must(t, err)
		if len(outline)+len(records) != 0 || len(own2) != 2 || own2[1].Node != "ask" || len(own3) != 1 || own3[0].Seq != 2 {
			t.Errorf("the other saw %v, %v; their own are %v, %v", outline, records, own2, own3)
		}
		logs, err := mine.LastLogs(ctx, id, 10)
		must(t, err)
		runs, _, err := mine.Runs(ctx, store.RunFilter{}, store.Page{})
		must(t, err)
		theirTrigger, _, err := mine.Runs(ctx, store.RunFilter{Trigger: theirs.trigger.ID.String()}, store.Page{})
		must(t, err)
		decided, err := mine.Decided(ctx, id, 10)
		must(t, err)
		ran, err := mine.HasRun(ctx, id, "start")
		must(t, err)
		own1, err := theirs.HasRun(ctx, id, "start")
		must(t, err)
		if ran || !own1 {
			t.Errorf("that a node ran is told to the other: %v, and to their own: %v", ran, own1)
		}
		if len(decided)+len(journal)+len(logs)+len(runs)+len(theirTrigger) != 0 {
			t.Errorf("saw %v, %v, %v, %v", journal, logs, runs, theirTrigger)
		}

		ended, err := theirs.Run(ctx, id)
		must(t, err)
		journal, err = theirs.Journal(ctx, id, 0, 10)
		must(t, err)
		if ended.Status != run.StatusWaiting || ended.CancelAt != nil || len(journal) != 2 {
			t.Errorf("the run was changed: %+v with %d records", own, len(journal))
		}
		decided, err = theirs.Decided(ctx, id, 2)
		must(t, err)
		before, err := theirs.Decided(ctx, id, 1)
		must(t, err)
		if !maps.Equal(decided, map[int]bool{0: true, 1: false}) || len(before) != 0 {
			t.Errorf("decided %v, before that %v", decided, before)
		}
	})
}

func TestIdempotencyKeysAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var ids [2]uuid.UUID
		for i := range ids {
			w := newWorld(t, s)
			start := w.start()
			start.IdempotencyScope, start.IdempotencyKey, start.Hash = "same scope", "same key", []byte{byte(i)}
			accepted, err := w.Accept(ctx, start)
			must(t, err)
			if ids[i] = accepted.Run; !accepted.Fresh {
				t.Errorf("workspace %d was given another's run", i)
			}
		}
		if ids[0] == ids[1] {
			t.Error("two workspaces share a run")
		}
	})
}
