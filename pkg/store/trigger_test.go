package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func TestTriggerIsStoredAsItWasPut(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		want := nightly()
		want.ID, want.Workspace, want.GraphID = w.trigger.ID, w.workspace.ID, w.graph.ID
		want.Status, want.Revision = trigger.Active, 1
		want.CreatedAt, want.UpdatedAt = w.trigger.CreatedAt, w.trigger.CreatedAt
		for _, ref := range []string{"nightly", w.trigger.ID.String()} {
			got, err := w.Trigger(t.Context(), ref)
			must(t, err)
			for _, g := range []trigger.Trigger{got, w.trigger} {
				if d := cmp.Diff(want, g, sameJSON); d != "" {
					t.Errorf("%s: %s", ref, d)
				}
			}
		}
		_, err := w.Trigger(t.Context(), "a\x00b")
		refused(t, err, fault.NotFound)
	})
}

func TestPutTriggerHonoursIfMatch(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		rewritten, weekly := nightly(), nightly()
		rewritten.Config = json.RawMessage(`{"a":1.50,"cron":"0 9 * * *"}`)
		weekly.Config = json.RawMessage(`{"cron": "0 9 * * 1"}`)
		for _, c := range []struct {
			name     string
			g        trigger.Trigger
			at       *int
			code     fault.Code
			revision int
		}{
			{"same again changes nothing", nightly(), nil, "", 1},
			{"same, written otherwise", rewritten, new(1), "", 1},
			{"must not exist but does", weekly, new(0), fault.RevisionMismatch, 0},
			{"at its revision", weekly, new(1), "", 2},
			{"at an old one", nightly(), new(1), fault.RevisionMismatch, 0},
			{"without If-Match", nightly(), nil, "", 3},
		} {
			got, created, err := w.PutTrigger(t.Context(), c.g, c.at)
			if c.code != "" {
				if fault.Of(err).Code != c.code {
					t.Errorf("%s: %v, want %s", c.name, err, c.code)
				}
				continue
			}
			if err != nil || created || got.Revision != c.revision || got.ID != w.trigger.ID {
				t.Errorf("%s: created %v, %+v, %v", c.name, created, got, err)
			}
		}
	})
}

func TestReplacingATriggerKeepsItPaused(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		paused, err := w.SetTriggerStatus(ctx, "nightly", trigger.Paused, "holidays")
		must(t, err)
		again, err := w.SetTriggerStatus(ctx, "nightly", trigger.Paused, "holidays")
		must(t, err)
		if paused.Revision != 2 || again.Revision != 2 {
			t.Errorf("revisions %d and %d, want 2", paused.Revision, again.Revision)
		}
		_, err = w.SetTriggerStatus(ctx, "nightly", "asleep", "")
		refused(t, err, fault.CodeInvalid)

		renamed := nightly()
		renamed.Title = "Digest"
		got, _, err := w.PutTrigger(ctx, renamed, nil)
		must(t, err)
		if got.Status != trigger.Paused || got.PausedReason != "holidays" || got.Title != "Digest" {
			t.Errorf("replaced: %+v", got)
		}
		renamed.Status = trigger.Active
		_, _, err = w.PutTrigger(ctx, renamed, nil)
		must(t, err)
		got, err = w.Trigger(ctx, "nightly")
		must(t, err)
		if got.Status != trigger.Active || got.PausedReason != "" || got.Revision != 4 {
			t.Errorf("activated: %+v", got)
		}
	})
}

func TestImpossibleTriggersAreInvalid(t *testing.T) {
	t.Parallel()
	change := func(f func(*trigger.Trigger)) trigger.Trigger {
		g := nightly()
		f(&g)
		return g
	}
	cases := map[string]trigger.Trigger{
		"name":        change(func(g *trigger.Trigger) { g.Name = "a b" }),
		"title":       change(func(g *trigger.Trigger) { g.Title = "\x00" }),
		"status":      change(func(g *trigger.Trigger) { g.Status = "asleep" }),
		"environment": change(func(g *trigger.Trigger) { g.Environments = []string{"DEV", "TEST"} }),
		"graph":       change(func(g *trigger.Trigger) { g.Graph = "nothing" }),
		"graph id":    change(func(g *trigger.Trigger) { g.GraphID = uuid.New() }),
		"build":       change(func(g *trigger.Trigger) { g.Build = 2 }),
		"label":       change(func(g *trigger.Trigger) { g.Labels = map[string]string{"a": "\x00"} }),
	}
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for name, g := range cases {
			if _, _, err := w.PutTrigger(t.Context(), g, nil); fault.Of(err).Code != fault.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTriggerOfAForeignGraphIsInvalid(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newWorld(t, s), newWorld(t, s)
		g := nightly()
		g.Name, g.GraphID = "thief", theirs.graph.ID
		_, _, err := mine.PutTrigger(t.Context(), g, nil)
		refused(t, err, fault.CodeInvalid)
	})
}

func TestConcurrentPutsOfOneNameGiveOneTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		const n = 12
		var all sync.WaitGroup
		made := make([]bool, n)
		ids := make([]uuid.UUID, n)
		errs := make([]error, n)
		for i := range n {
			all.Go(func() {
				g := nightly()
				g.Name, g.Title = "racing", fmt.Sprint(i)
				var got trigger.Trigger
				got, made[i], errs[i] = w.PutTrigger(ctx, g, nil)
				ids[i] = got.ID
			})
		}
		all.Wait()
		for _, err := range errs {
			must(t, err)
		}
		slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		creators := 0
		for _, m := range made {
			if m {
				creators++
			}
		}
		got, err := w.Trigger(ctx, "racing")
		must(t, err)
		if len(slices.Compact(ids)) != 1 || creators != 1 || got.Revision != n {
			t.Errorf("%d ids, %d creators, revision %d", len(slices.Compact(ids)), creators, got.Revision)
		}
	})
}

func TestGraphCannotBeDeletedUnderANewTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for i := range 10 {
			name := fmt.Sprintf("g%d", i)
			_, _, err := w.PutGraph(ctx, says(name, "x"), nil)
			must(t, err)
			g := nightly()
			g.Name, g.Graph = name, name
			var deleted, put error
			var both sync.WaitGroup
			both.Go(func() { deleted = w.DeleteGraph(ctx, name) })
			both.Go(func() { _, _, put = w.PutTrigger(ctx, g, nil) })
			both.Wait()
			if (deleted == nil) == (put == nil) {
				t.Errorf("deleting gives %v and the trigger %v: exactly one can win", deleted, put)
			}
		}
	})
}

func TestDeletedTriggerFreesItsName(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		must(t, w.DeleteTrigger(ctx, w.trigger.ID.String()))
		refused(t, w.DeleteTrigger(ctx, "nightly"), fault.NotFound)
		_, err := w.Trigger(ctx, w.trigger.ID.String())
		refused(t, err, fault.NotFound)
		again, created, err := w.PutTrigger(ctx, nightly(), nil)
		must(t, err)
		if !created || again.ID == w.trigger.ID {
			t.Errorf("created %v with id %s", created, again.ID)
		}
	})
}

func TestTriggersAreFiltered(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		_, _, err := w.PutGraph(ctx, says("triage", "x"), nil)
		must(t, err)
		g := trigger.Trigger{Name: "on_call", Title: "50% of Alerts", Kind: "api", Graph: "triage", Status: trigger.Paused}
		_, _, err = w.PutTrigger(ctx, g, nil)
		must(t, err)
		for _, c := range []struct {
			filter store.TriggerFilter
			want   []string
		}{
			{store.TriggerFilter{}, []string{"on_call", "nightly"}},
			{store.TriggerFilter{Status: trigger.Paused}, []string{"on_call"}},
			{store.TriggerFilter{Kind: "schedule"}, []string{"nightly"}},
			{store.TriggerFilter{Graph: "triage"}, []string{"on_call"}},
			{store.TriggerFilter{Graph: w.graph.ID.String()}, []string{"nightly"}},
			{store.TriggerFilter{Graph: "nothing"}, nil},
			{store.TriggerFilter{Search: "DIGEST"}, []string{"nightly"}},
			{store.TriggerFilter{Search: "50%"}, []string{"on_call"}},
			{store.TriggerFilter{Search: "n_c"}, []string{"on_call"}},
			{store.TriggerFilter{Search: "n_g"}, nil},
			{store.TriggerFilter{Search: "%"}, []string{"on_call"}},
			{store.TriggerFilter{Search: `\`}, nil},
			{store.TriggerFilter{Search: "' or 1=1 --"}, nil},
			{store.TriggerFilter{Search: "alerts", Kind: "schedule"}, nil},
		} {
			found, _, err := w.Triggers(ctx, store.Page{}, c.filter)
			must(t, err)
			var got []string
			for _, g := range found {
				got = append(got, g.Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v finds %v, want %v", c.filter, got, c.want)
			}
		}
		_, _, err = w.Triggers(ctx, store.Page{}, store.TriggerFilter{Search: "\x00"})
		refused(t, err, fault.CodeInvalid)
	})
}
