package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

func TestLoadGivesAWorkerEverything(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		newWorld(t, s) // whose values must not show
		must(t, w.PutVariable(ctx, "PROD", "URL", "elsewhere"))
		r := run.Run{
			ID: uuid.Must(uuid.NewV7()), Workspace: w.workspace.ID, TriggerID: w.trigger.ID, GraphID: w.graph.ID,
			Build: 1, Environment: "DEV", Epoch: 1,
		}
		want := store.Work{
			Plan: graph.NewPlan(says("digest", "good morning")),
			Surroundings: store.Surroundings{
				Variables:   map[string]string{"URL": "http://127.0.0.1"},
				Sealed:      map[string]store.Sealed{"TOKEN": {Bytes: []byte{1, 2, 3}, Version: 1}},
				Models:      map[string]model.Connection{"default": {BaseURL: "http://127.0.0.1/v1", Secret: "TOKEN"}},
				TriggerKind: "schedule",
			},
		}
		planned := cmp.Transformer("Graph", func(p *graph.Plan) graph.Graph { return p.Graph })
		for _, when := range []string{"read", "remembered", "its trigger deleted"} {
			got, err := s.Fleet().Load(ctx, store.Claim{Run: r})
			must(t, err)
			if d := cmp.Diff(want, got, planned, sameJSON); d != "" {
				t.Errorf("%s: %s", when, d)
			}
			if when == "remembered" {
				must(t, w.DeleteTrigger(ctx, "nightly"))
			}
		}

		must(t, w.PutVariable(ctx, "DEV", "URL", "changed"))
		got, err := s.Fleet().Load(ctx, store.Claim{Run: r})
		must(t, err)
		if got.Variables["URL"] != "changed" {
			t.Errorf("an environment is remembered: %v", got.Variables)
		}
	})
}

func TestLoadNeedsABuildOfTheSameWorkspace(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		r := run.Run{Workspace: theirs.workspace.ID, GraphID: theirs.graph.ID, Build: 1, Environment: "DEV", Epoch: 1}
		_, err := s.Fleet().Load(ctx, store.Claim{Run: r})
		must(t, err)
		r.Workspace = mine.workspace.ID
		_, err = s.Fleet().Load(ctx, store.Claim{Run: r})
		refused(t, err, fault.NotFound)
		r.GraphID, r.Build = mine.graph.ID, 2
		_, err = s.Fleet().Load(ctx, store.Claim{Run: r})
		refused(t, err, fault.NotFound)
	})
}

func TestLoadReadsTheWholePast(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, err := w.Accept(ctx, w.start())
		must(t, err)
		claims, err := s.Fleet().ClaimReady(ctx, run.Background, "worker", 1)
		must(t, err)
		lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
		const n = 2300 // more than are read at once
		records := make([]run.Record, n)
		for i := range records {
			records[i] = run.Record{Seq: i + 1, Epoch: lease.Epoch, At: time.Unix(int64(i), 0).UTC(), Type: run.LogLine}
		}
		must(t, s.Fleet().Append(ctx, lease, records))
		claimed := claims[0]
		fresh, err := s.Fleet().Load(ctx, claimed)
		must(t, err)
		claimed.Run.Epoch++
		resumed, err := s.Fleet().Load(ctx, claimed)
		must(t, err)
		if len(fresh.Journal) != 0 {
			t.Errorf("a first attempt has a past of %d records", len(fresh.Journal))
		}
		if d := cmp.Diff(records, resumed.Journal); d != "" {
			t.Error(d)
		}
	})
}

// What is true of every run of a place is asked once for all that are claimed
// there, and not by each attempt.
func TestRunsAreClaimedWithTheirSurroundings(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		must(t, mine.PutVariable(ctx, "DEV", "URL", "mine"))
		must(t, theirs.PutVariable(ctx, "DEV", "URL", "theirs"))
		for _, w := range []world{mine, theirs, mine} {
			_, err := w.Accept(ctx, w.start())
			must(t, err)
		}
		claims, err := s.Fleet().ClaimReady(ctx, run.Background, "worker", 3)
		must(t, err)
		values := map[uuid.UUID]string{mine.workspace.ID: "mine", theirs.workspace.ID: "theirs"}
		check := func() {
			for _, c := range claims {
				w, err := s.Fleet().Load(ctx, c)
				must(t, err)
				if want := values[c.Run.Workspace]; w.Variables["URL"] != want {
					t.Errorf("a run of %s found %v, want %s", c.Run.Workspace, w.Variables, want)
				}
			}
		}
		check() // reads the builds
		if n := s.Statements(check); n != 0 || len(claims) != 3 {
			t.Errorf("%d runs were loaded with %d statements, want 3 and none", len(claims), n)
		}
	})
}
