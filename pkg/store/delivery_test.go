package store_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// delivered is a delivery to the world's trigger that asks for a run.
func (w world) delivered(subject, body string) trigger.Delivery {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return trigger.Delivery{
		ID: uuid.Must(uuid.NewV7()), Trigger: w.trigger.ID, Environment: "DEV", Surface: "native", Source: "192.0.2.1",
		ReceivedAt: now, Method: "POST", Header: map[string][]string{"User-Agent": {"test"}}, Query: map[string][]string{"a": {"b"}},
		Size: len(body), Body: []byte(body), Event: "happened", Subject: subject, Actor: "ada",
		Stages: []trigger.Stage{{Stage: "received", Note: "5 bytes"}}, KeepUntil: now.Add(time.Hour),
	}
}

// hooked is a start that a delivery of that name asks for.
func (w world) hooked(key string) run.Start {
	s := w.start()
	s.IdempotencyScope, s.IdempotencyKey, s.Hash = w.trigger.ID.String()+"/DEV/hook", key, []byte("delivery")
	return s
}

func TestDeliveryIsKeptWithTheRunThatItStarts(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		for name, size := range map[string]int{"empty": 0, "small": 5, "apart": 100_000} {
			d := w.delivered("order", string(bytes.Repeat([]byte{0, 255, 'x'}, size)[:size]))
			accepted, err := w.AcceptDelivery(ctx, w.hooked(name), d)
			must(t, err)
			got, err := w.Delivery(ctx, d.ID)
			must(t, err)
			want := d
			want.Outcome, want.Run, want.TriggerName = trigger.DeliveryStarted, accepted.Run, w.trigger.Name
			if d := cmp.Diff(want, got); d != "" && !(size == 0 && len(got.Body) == 0 && got.Outcome == trigger.DeliveryStarted) {
				t.Errorf("%s: %s", name, d)
			}
			if r, err := w.Run(ctx, accepted.Run); err != nil || !accepted.Fresh || r.Status != run.StatusPending {
				t.Errorf("%s: run %+v, %v", name, r, err)
			}
		}
	})
}

func TestSameDeliveryStartsOneRunHoweverManyComeAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		const n = 20
		accepted, deliveries := make([]run.Accepted, n), make([]trigger.Delivery, n)
		var all sync.WaitGroup
		for i := range n {
			deliveries[i] = w.delivered("order", "{}")
			all.Go(func() {
				var err error
				if accepted[i], err = w.AcceptDelivery(ctx, w.hooked("d-1"), deliveries[i]); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		fresh := 0
		for i, a := range accepted {
			got, err := w.Delivery(ctx, deliveries[i].ID)
			must(t, err)
			want := trigger.DeliveryDuplicate
			if a.Fresh {
				want, fresh = trigger.DeliveryStarted, fresh+1
			}
			if a.Run != accepted[0].Run || got.Run != a.Run || got.Outcome != want {
				t.Errorf("answered %+v and kept %s of run %s", a, got.Outcome, got.Run)
			}
		}
		counts, err := w.DeliveryCounts(ctx, store.DeliveryFilter{Trigger: w.trigger.ID})
		must(t, err)
		if fresh != 1 || len(counts) != 2 || counts[0].Outcome != trigger.DeliveryDuplicate || counts[0].Count != n-1 || counts[0].Last.IsZero() {
			t.Errorf("%d runs began; counted %+v", fresh, counts)
		}
	})
}

func TestDeliveryThatFindsTheQueueFullIsKeptAndMayComeAgain(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ws, err := s.CreateWorkspace(ctx, tenant.Workspace{Name: "small", Limits: tenant.Limits{Running: 1, Pending: 1}})
		must(t, err)
		w := world{Tenant: s.In(ws.ID), workspace: ws}
		must(t, failure(w.Accept(ctx, w.start())))
		must(t, failure(w.Accept(ctx, w.start())))
		for range 2 {
			d := w.delivered("", "{}")
			_, err = w.AcceptDelivery(ctx, w.hooked("d-1"), d)
			refused(t, err, fault.QueueFull)
			got, err := w.Delivery(ctx, d.ID)
			must(t, err)
			if got.Outcome != trigger.DeliveryRefused || got.Code != string(fault.QueueFull) || got.Reason == "" || got.Run != uuid.Nil {
				t.Errorf("kept as %s %s %q of run %s", got.Outcome, got.Code, got.Reason, got.Run)
			}
		}
	})
}

func TestUnverifiedDeliveriesFillNothing(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		other := w.delivered("", "")
		other.Trigger, other.Outcome = uuid.New(), trigger.DeliveryRejected
		must(t, w.KeepRejected(ctx, other))
		genuine := w.delivered("", "")
		genuine.Outcome = trigger.DeliveryFiltered
		must(t, w.KeepDelivery(ctx, genuine))
		var newest trigger.Delivery
		for i := range store.MostRejected + 20 {
			newest = w.delivered("", fmt.Sprint(i))
			newest.Outcome, newest.Code = trigger.DeliveryRejected, "signature"
			must(t, w.KeepRejected(ctx, newest))
		}
		counts, err := w.DeliveryCounts(ctx, store.DeliveryFilter{})
		must(t, err)
		var kept []int
		for _, c := range counts {
			kept = append(kept, c.Count)
		}
		if !slices.Equal(kept, []int{store.MostRejected, 1, 1}) {
			t.Errorf("kept %+v", counts)
		}
		if _, err := w.Delivery(ctx, newest.ID); err != nil {
			t.Errorf("the newest is gone: %v", err)
		}
	})
}

func TestDeliveriesEndWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		over, kept := w.delivered("", string(make([]byte, 100_000))), w.delivered("", string(make([]byte, 100_000)))
		over.Outcome, over.KeepUntil = trigger.DeliveryFiltered, time.Now().Add(-time.Minute)
		kept.Outcome = trigger.DeliveryFiltered
		must(t, w.KeepDelivery(ctx, over))
		must(t, w.KeepDelivery(ctx, kept))
		if n, err := s.Fleet().SweepDeliveries(ctx, 100); err != nil || n != 1 {
			t.Fatalf("swept %d, %v", n, err)
		}
		_, err := w.Delivery(ctx, over.ID)
		refused(t, err, fault.NotFound)
		got, err := w.Delivery(ctx, kept.ID)
		must(t, err)
		bodies, err := s.Bodies()
		must(t, err)
		if len(got.Body) != 100_000 || bodies != 1 {
			t.Errorf("%d bytes of the other are left, and %d bodies", len(got.Body), bodies)
		}
	})
}

func TestDeliveriesAreListedNewestFirstAndNarrowed(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		var ids []uuid.UUID
		for i, o := range []trigger.Outcome{trigger.DeliveryFiltered, trigger.DeliveryRefused, trigger.DeliveryFiltered, trigger.DeliveryLooped} {
			d := w.delivered(fmt.Sprintf("s%d", i), "{}")
			d.Outcome, d.Code, d.Event = o, fmt.Sprintf("c%d", i), fmt.Sprintf("e%d", i)
			if i == 3 {
				d.Environment, d.ReplayOf = "PROD", ids[0]
			}
			must(t, w.KeepDelivery(ctx, d))
			ids = append([]uuid.UUID{d.ID}, ids...)
		}
		soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
		for name, c := range map[string]struct {
			filter store.DeliveryFilter
			want   []uuid.UUID
		}{
			"all":         {store.DeliveryFilter{}, ids},
			"trigger":     {store.DeliveryFilter{Trigger: w.trigger.ID, Since: &past, Until: &soon}, ids},
			"other":       {store.DeliveryFilter{Trigger: uuid.New()}, nil},
			"outcomes":    {store.DeliveryFilter{Outcomes: []trigger.Outcome{trigger.DeliveryLooped, trigger.DeliveryRefused}}, []uuid.UUID{ids[0], ids[2]}},
			"environment": {store.DeliveryFilter{Environments: []string{"PROD"}}, ids[:1]},
			"code":        {store.DeliveryFilter{Code: "c2"}, ids[1:2]},
			"event":       {store.DeliveryFilter{Event: "e1"}, ids[2:3]},
			"subject":     {store.DeliveryFilter{Subject: "s0"}, ids[3:]},
			"replays":     {store.DeliveryFilter{ReplayOf: ids[1]}, ids[:1]},
			"before":      {store.DeliveryFilter{Until: &past}, nil},
			"after":       {store.DeliveryFilter{Since: &soon}, nil},
			"run":         {store.DeliveryFilter{Run: uuid.New()}, nil},
		} {
			var got []uuid.UUID
			p := store.Page{Limit: 3}
			for more := true; more; more = p.Cursor != "" {
				page, next, err := w.Deliveries(ctx, c.filter, p)
				must(t, err)
				for _, d := range page {
					got = append(got, d.ID)
				}
				p.Cursor = next
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	})
}

func TestDeliveriesAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine, theirs := newWorld(t, s), newWorld(t, s)
		d := theirs.delivered("order", "{}")
		accepted, err := theirs.AcceptDelivery(ctx, theirs.hooked("d-1"), d)
		must(t, err)
		if a, err := mine.AcceptDelivery(ctx, mine.hooked("d-1"), mine.delivered("order", "{}")); err != nil || !a.Fresh {
			t.Errorf("their delivery is mine: %+v, %v", a, err)
		}
		rejected := theirs.delivered("", "")
		rejected.Outcome = trigger.DeliveryRejected
		must(t, theirs.KeepRejected(ctx, rejected))
		must(t, theirs.Capture(ctx, "nightly", time.Now().Add(time.Minute)))

		_, err = mine.Delivery(ctx, d.ID)
		refused(t, err, fault.NotFound)
		refused(t, mine.Capture(ctx, theirs.trigger.ID.String(), time.Now()), fault.NotFound)
		foreign, _, err := mine.Deliveries(ctx, store.DeliveryFilter{Trigger: theirs.trigger.ID}, store.Page{})
		must(t, err)
		counts, err := mine.DeliveryCounts(ctx, store.DeliveryFilter{Trigger: theirs.trigger.ID})
		must(t, err)
		starts, err := mine.SubjectStarts(ctx, theirs.trigger.ID, "order", time.Now().Add(-time.Minute), 10)
		must(t, err)
		own, err := theirs.SubjectStarts(ctx, theirs.trigger.ID, "order", time.Now().Add(-time.Minute), 10)
		must(t, err)
		chain, err := mine.Chain(ctx, accepted.Run)
		must(t, err)
		until, err := mine.Captured(ctx, theirs.trigger.ID)
		must(t, err)
		if len(foreign)+len(counts)+starts+len(chain) > 0 || own != 1 || !until.IsZero() {
			t.Errorf("saw %v, %v, %d starts, chain %v, captured until %s; they have %d starts", foreign, counts, starts, chain, until, own)
		}
	})
}

func TestChainGoesBackToWhereItBegan(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		var before uuid.UUID
		var want []uuid.UUID
		for i := range 4 {
			start := w.start()
			if start.Run.Cause.CausedBy = before.String(); i == 2 {
				start.Run.Cause = run.Cause{Kind: "graph", ParentRun: before.String()}
			}
			if i == 0 {
				start.Run.Cause.CausedBy = ""
			}
			must(t, failure(w.Accept(ctx, start)))
			before = start.Run.ID
			want = append([]uuid.UUID{before}, want...)
		}
		chain, err := w.Chain(ctx, before)
		must(t, err)
		var got []uuid.UUID
		for _, r := range chain {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestHookedTellsAllThatAWebhookHasToKnow(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		w := newWorld(t, s)
		secrets := []trigger.Secret{{ID: uuid.New(), Sealed: []byte("sealed")}}
		_, err := w.ChangeTriggerSecrets(ctx, "nightly", func([]trigger.Secret) ([]trigger.Secret, error) { return secrets, nil })
		must(t, err)
		until := time.Now().Add(time.Minute).UTC().Truncate(time.Microsecond)
		must(t, w.Capture(ctx, "nightly", until))
		got, err := s.Hooked(ctx, w.trigger.ID)
		must(t, err)
		if got.Workspace.ID != w.workspace.ID || got.Trigger.Graph != "digest" || got.Builds["DEV"] != 1 || got.Builds["PROD"] != 0 || !got.CaptureUntil.Equal(until) {
			t.Errorf("found %+v", got)
		}
		if d := cmp.Diff(secrets, got.Secrets); d != "" {
			t.Error(d)
		}
		pinned := nightly()
		pinned.Build = 1
		_, _, err = w.PutTrigger(ctx, pinned, nil)
		must(t, err)
		must(t, w.Capture(ctx, "nightly", until.Add(-time.Hour)))
		got, err = s.Hooked(ctx, w.trigger.ID)
		must(t, err)
		if got.Builds["PROD"] != 1 || !got.CaptureUntil.Equal(until.Add(-time.Hour)) {
			t.Errorf("a pinned build: %+v", got)
		}
		_, err = s.Hooked(ctx, uuid.New())
		refused(t, err, fault.NotFound)
		must(t, w.DeleteTrigger(ctx, "nightly"))
		_, err = s.Hooked(ctx, w.trigger.ID)
		refused(t, err, fault.NotFound)
	})
}
