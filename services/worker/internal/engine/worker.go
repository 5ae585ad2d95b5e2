package engine

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// Store is what a worker needs of the database.
type Store interface {
	ClaimReady(ctx context.Context, class run.Class, worker string, limit int) ([]store.Claim, error)
	Load(ctx context.Context, c store.Claim) (store.Work, error)
	Beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]store.Beat, error)
	Append(ctx context.Context, l run.Lease, records []run.Record) error
	Finish(ctx context.Context, l run.Lease, o run.Outcome, records []run.Record) error
	Release(ctx context.Context, l run.Lease, records []run.Record) error
	Postpone(ctx context.Context, l run.Lease, pause time.Duration) error
	Wait(ctx context.Context, l run.Lease, reason run.Reason, heard int, records []run.Record) error
	Callee(ctx context.Context, of run.Run, graph string, build int) (run.Callee, error)
	Return(ctx context.Context, child uuid.UUID) error
	CancelChildren(ctx context.Context, parent uuid.UUID) error
}

// Bells is what a worker hears and says beside the database.
type Bells interface {
	Listen(ctx context.Context, classes []run.Class, wake func(run.Class)) error
	Announce(id uuid.UUID)
	News(id uuid.UUID)
	Say(d run.Delta)
	Knock()
}

// Worker claims runs and executes them, each under its own lease. A bell only
// wakes it: what to run, and whether it still may, the database says.
type Worker struct {
	ID      string
	Store   Store
	Bells   Bells
	Kinds   node.Registry
	HTTP    *http.Client
	Secrets Opener
	// Links makes the addresses at which other systems answer what runs ask.
	Links link.Signer
	// Slots is how many runs of each class are executed at once.
	Slots map[run.Class]int
	Terms run.Terms
	// Poll is how often ready runs are looked for although nothing rang;
	// Drain is how long a step under way may go on when the worker stops.
	Poll  time.Duration
	Drain time.Duration
	Now   func() time.Time
	Log   *slog.Logger
	Meter Meter

	holds  *holds
	drains chan struct{}
	active sync.WaitGroup
}

// Run works until ctx ends, then drains: nothing more is claimed, steps under
// way may finish within Drain, and what is left is released for other workers
// without being counted as a failure.
func (w *Worker) Run(ctx context.Context) error {
	w.holds, w.drains = newHolds(), make(chan struct{})
	beats, stopBeats := context.WithCancel(context.WithoutCancel(ctx))
	var beating sync.WaitGroup
	beating.Go(func() { w.beat(beats) })
	// Steps stop when ctx ends, not when the listeners have hung up.
	leave := sync.OnceFunc(func() { close(w.drains) })
	defer context.AfterFunc(ctx, leave)()
	err := w.take(ctx)
	leave()
	w.drain()
	stopBeats()
	beating.Wait()
	return err
}

// take listens and claims until ctx ends.
func (w *Worker) take(ctx context.Context) error {
	pools := map[run.Class]*pool{}
	classes := make([]run.Class, 0, len(w.Slots))
	for class, slots := range w.Slots {
		pools[class] = newPool(class, slots)
		classes = append(classes, class)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return w.Bells.Listen(ctx, classes, func(c run.Class) { pools[c].wake() })
	})
	for _, p := range pools {
		g.Go(func() error { w.claim(ctx, p); return nil })
	}
	return g.Wait()
}

// drain waits for the attempts: first for their steps, then it cancels them,
// and at last it gives up on a database that does not answer.
func (w *Worker) drain() {
	done := make(chan struct{})
	go func() { w.active.Wait(); close(done) }()
	for _, stage := range []struct {
		patience time.Duration
		then     func()
	}{{w.Drain, w.holds.interrupt}, {w.Terms.Fence(), w.holds.abandon}} {
		select {
		case <-done:
			return
		case <-time.After(stage.patience):
			stage.then()
		}
	}
	<-done
}
