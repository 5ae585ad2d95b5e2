package queue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
)

func TestRungIsHeardByItsClass(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		woken := listen(t, q)
		background(t, q.Run)
		q.Ring(run.Background, leases(1)...)
		if c := await(t, woken); c != run.Background {
			t.Errorf("woke %s, rang %s", c, run.Background)
		}
		until(t, "the bell is heard as well", func() bool { return counted(t, q, "onset_queue_heard_total") == 1 })
		q.Ring(run.Sync, leases(1)...)
		until(t, "the other class wakes", func() bool { return await(t, woken) == run.Sync })
	})
}

func TestNamesOfBellsAreUsedAgainAndNoBellIsLostByIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		const hanging = 3
		for n := range hanging * bellNames {
			if n%bellNames < 2 { // of each round the first two; nobody hears them
				if err := q.bell(t.Context(), run.Background, leases(1)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			q.nextBell()
		}
		tasks, err := asynq.NewInspectorFromRedisClient(q.client).ListPendingTasks(q.names.queue(run.Background))
		if err != nil {
			t.Fatal(err)
		}
		ours := 0
		for _, task := range tasks {
			if strings.HasPrefix(task.ID, q.id) {
				ours++
			}
		}
		if len(tasks) != 2*hanging || ours != 2 {
			t.Errorf("of %d bells %d hang there, %d of them by names that are used again; want 2", 2*hanging, len(tasks), ours)
		}
	})
}

func TestBellsAreLeftBesideTheNudge(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		rung := leases(130)
		q.Ring(run.Background, rung...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.Run(ctx); err != nil { // an ending queue sends once more
			t.Fatal(err)
		}
		tasks, err := asynq.NewInspectorFromRedisClient(q.client).ListPendingTasks(q.names.queue(run.Background))
		if err != nil {
			t.Fatal(err)
		}
		var named []run.Lease
		for _, task := range tasks { // the oldest is listed first
			if task.Timeout != 2820*time.Second || task.MaxRetry < 10 || task.Retention != 0 || task.Type != "run" {
				t.Errorf("task %+v: its limits are not ours", task)
			}
			got, known, err := decode(task.Payload)
			if err != nil || !known || len(got) > 64 {
				t.Errorf("a bell of ours names %d runs (known %v): %v", len(got), known, err)
			}
			named = append(named, got...)
		}
		if len(tasks) != 3 || !cmp.Equal(named, rung) {
			t.Errorf("%d bells name %d runs; want 3 that name 130, in order", len(tasks), len(named))
		}
	})
}

func TestANudgeWakesBeforeTheBellIsTaken(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		woken := listen(t, q)
		inspector := asynq.NewInspectorFromRedisClient(q.client)
		name := q.names.queue(run.Background)
		if err := inspector.PauseQueue(name); err != nil { // nobody takes bells from it now
			t.Fatal(err)
		}
		background(t, q.Run)
		q.Ring(run.Background, leases(1)...)
		if c := await(t, woken); c != run.Background {
			t.Errorf("woke %s", c)
		}
		until(t, "the bell waits for its listener", func() bool {
			info, err := inspector.GetQueueInfo(name)
			return err == nil && info.Pending == 1
		})
		if heard := counted(t, q, "onset_queue_heard_total"); heard != 0 {
			t.Errorf("%v bells were heard in a paused queue", heard)
		}
	})
}

func TestForgedBellsAreAcknowledgedAndChangeNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		woken := listen(t, q)
		id := uuid.NewString()
		many, err := encode(leases(65))
		if err != nil {
			t.Fatal(err)
		}
		forged := []*asynq.Task{
			asynq.NewTask("run", nil),
			asynq.NewTask("run", []byte("\x00\xff garbage")),
			asynq.NewTask("run", []byte(`{"v":1}`)),
			asynq.NewTask("run", []byte(`{"v":1,"runs":[{"id":"x"}]}`)),
			asynq.NewTask("run", []byte(`{"v":1,"runs":[{"id":"`+id+`","epoch":-1}]}`)),
			asynq.NewTask("run", many),
			asynq.NewTask("rm -rf", []byte(`{"v":1,"runs":[{"id":"`+id+`"}]}`)),
			asynq.NewTask("run", []byte(`{"v":2,"runs":[{"id":"`+id+`"}]}`)),
		}
		name := q.names.queue(run.Sync)
		for _, task := range forged {
			if _, err := q.tasks.Enqueue(task, asynq.Queue(name)); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "all are heard", func() bool { return counted(t, q, "onset_queue_heard_total") == float64(len(forged)) })
		inspector := asynq.NewInspectorFromRedisClient(q.client)
		until(t, "none is left anywhere", func() bool {
			info, err := inspector.GetQueueInfo(name)
			return err == nil && info.Size == 0 && info.Archived == 0 && info.Retry == 0 && info.Completed == 0
		})
		if len(woken) != 0 {
			t.Errorf("forged bells woke %d times", len(woken))
		}
		// A bell needs no author and no nudge: a true one from a stranger wakes.
		if _, err := q.tasks.Enqueue(asynq.NewTask("run", []byte(`{"v":1,"runs":[{"id":"`+id+`"}],"later":true}`)), asynq.Queue(name)); err != nil {
			t.Fatal(err)
		}
		if c := await(t, woken); c != run.Sync {
			t.Errorf("woke %s", c)
		}
	})
}

func TestKnockAndAnnounceArrive(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		knocked, ended := make(chan struct{}, 16), make(chan uuid.UUID, 256)
		background(t, func(ctx context.Context) error { return q.Knocks(ctx, func() { knocked <- struct{}{} }) })
		background(t, func(ctx context.Context) error {
			return q.Announcements(ctx, func(id uuid.UUID, _ bool) { ended <- id })
		})
		await(t, knocked) // the subscription stands
		until(t, "somebody waits for announcements", func() bool {
			n, err := q.client.PubSubNumSub(t.Context(), q.names.done()).Result()
			return err == nil && n[q.names.done()] == 1
		})
		background(t, q.Run)

		q.Knock()
		await(t, knocked)
		want := map[uuid.UUID]bool{}
		for range 100 {
			id := uuid.Must(uuid.NewV7())
			want[id] = true
			q.Announce(id)
		}
		for len(want) > 0 {
			delete(want, await(t, ended))
		}
	})
}

func TestLostDataIsNoticedOncePerProcess(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a *Queue) {
		b := New(a.client, Options{Namespace: a.names.space})
		look := func(q *Queue, want bool, when string) {
			t.Helper()
			if got, err := q.Generation(t.Context()); err != nil || got != want {
				t.Errorf("%s: changed = %v, want %v (%v)", when, got, want, err)
			}
		}
		look(a, true, "the first look at an empty Redis")
		look(a, false, "the second look")
		look(b, false, "the first look of another at a marked Redis")
		if err := a.client.Del(t.Context(), a.names.generation()).Err(); err != nil { // as FLUSHALL does
			t.Fatal(err)
		}
		look(a, true, "after the loss")
		look(b, true, "after the loss and somebody else's look")
		look(a, false, "later")
		look(b, false, "later, the other")
	})
}

func TestOnlyNoEvictionIsAccepted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		policy, err := q.CheckPolicy(t.Context())
		if err != nil || policy != "noeviction" && policy != "unknown" {
			t.Errorf("policy %q: %v", policy, err)
		}
	})
	t.Run("evicting", func(t *testing.T) {
		t.Parallel()
		q := open(t, ownServer(t, "--maxmemory-policy", "allkeys-lru").url(), "")
		if policy, err := q.CheckPolicy(t.Context()); !errors.Is(err, ErrEvicts) || policy != "allkeys-lru" {
			t.Errorf("policy %q: %v, want ErrEvicts", policy, err)
		}
	})
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		q := open(t, ownServer(t, "--rename-command", "CONFIG", "").url(), "")
		if policy, err := q.CheckPolicy(t.Context()); err != nil || policy != "unknown" {
			t.Errorf("policy %q: %v, want unknown", policy, err)
		}
	})
	t.Run("away", func(t *testing.T) {
		t.Parallel()
		s := ownServer(t)
		s.kill()
		if _, err := open(t, s.url(), "x-").CheckPolicy(t.Context()); err == nil || errors.Is(err, ErrEvicts) {
			t.Errorf("a Redis that is away: %v, want another error", err)
		}
	})
}

func TestRingingIntoNothingNeverBlocks(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	s.kill()
	q := open(t, s.url(), "x-")
	q.Ring(run.Background, leases(maxWaiting-1)...)
	q.Ring(run.Background, leases(11)...)
	for range maxWaiting + 5 {
		q.Announce(uuid.New())
	}
	q.Knock()
	if got := counted(t, q, "onset_queue_dropped_total"); got != 15 {
		t.Errorf("dropped %v, want what is beyond the bound: 10 rings and 5 announcements", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	if err := await(t, ended); err != nil {
		t.Errorf("Run ended with %v", err)
	}
}

func TestRedisAwayAndBackWakesAgain(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	q := open(t, s.url(), "x-")
	woken := listen(t, q)
	background(t, q.Run)

	s.kill()
	q.Ring(run.Sync, leases(3)...)
	until(t, "a round fails", func() bool { return counted(t, q, "onset_queue_failures_total") > 0 })
	s.start(t)
	until(t, "what was rung meanwhile is left as a bell", func() bool { return counted(t, q, "onset_queue_heard_total") > 0 })
	until(t, "the class wakes", func() bool { return await(t, woken) == run.Sync })
}

func TestListenersEndWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	s.kill()
	q := open(t, s.url(), "x-")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	go func() { ended <- q.Listen(ctx, run.Classes, func(run.Class) {}) }()
	go func() { ended <- q.Knocks(ctx, func() {}) }()
	go func() { ended <- q.Announcements(ctx, func(uuid.UUID, bool) {}) }()
	cancel()
	for range 3 {
		if err := await(t, ended); err != nil {
			t.Errorf("ended with %v", err)
		}
	}
}

func TestDialRefusesWithoutRepeatingThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []secret.Secret{"", "http://:hunter2@host", "redis://:hunter2@host:port:port", "hunter2"} {
		_, err := Dial(url)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Dial answers %v", err)
		}
	}
}

type sample struct {
	name  string
	value float64
}

func gathered(t *testing.T, q *Queue) (out []sample) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(q)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			out = append(out, sample{f.GetName(), m.GetCounter().GetValue()})
		}
	}
	return out
}
