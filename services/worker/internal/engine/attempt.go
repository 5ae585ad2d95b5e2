package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
)

// start gives a claimed run its hold and a goroutine. The run's contexts are
// its own: nothing that happens to the bell that woke us can cancel it.
func (w *Worker) start(p *pool, c *claimed) {
	p.take()
	life, lose := context.WithCancelCause(context.Background())
	work, stop := context.WithCancelCause(life)
	h := &hold{
		lease: run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch},
		stop:  stop, lose: lose,
		good: c.at, beaten: make(chan struct{}),
	}
	w.holds.add(h)
	w.Meter.Claimed.Inc()
	p.do(&w.active, func() {
		defer p.give()
		defer lose(nil)
		defer stop(nil)
		defer w.holds.drop(h)
		work, cancel := context.WithTimeoutCause(work, c.Left, errDeadline)
		defer cancel()
		w.attempt(life, work, h, c)
	})
}

// attempt executes a run from where its journal ends and writes what became of
// it.
func (w *Worker) attempt(life, work context.Context, h *hold, c *claimed) {
	x, outcome, err := w.execute(life, work, h, c)
	var rest []run.Record
	parent := false
	if x != nil {
		rest = x.Journal.Rest()
		outcome.Usage = ask(x.Journal, func(s *run.State) run.Usage { return s.Usage })
		parent = ask(x.Journal, func(s *run.State) bool { return s.Awaits(run.ForChild) })
	}
	v := verdict(c, h.whyCancelled(), outcome, err)
	if w.settle(life, h, c, v, rest) && v.outcome != nil {
		w.tell(life, c, parent)
	}
}

// execute goes on with a run. A panic ends the run, and not its worker with all
// the others.
func (w *Worker) execute(life, work context.Context, h *hold, c *claimed) (x *Executor, outcome run.Outcome, err error) {
	defer rescue(&err)
	if x, err = w.prepare(life, work, h, c); err == nil {
		outcome, err = x.Execute(work)
	}
	return x, outcome, err
}

// rescue makes an error of a panic. What the panic said may be anything,
// secrets included, so the error tells only where.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panicked: %s", debug.Stack())
	}
}

// prepare reads the run's build, environment and journal.
func (w *Worker) prepare(life, work context.Context, h *hold, c *claimed) (*Executor, error) {
	var loaded store.Work
	err := persist(work, func(ctx context.Context) (err error) {
		loaded, err = w.Store.Load(ctx, c.Claim)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := knows(w.Kinds, loaded.Plan.Graph); err != nil {
		return nil, err
	}
	secrets, err := open(w.Secrets, c.Run, loaded.Sealed)
	if err != nil {
		return nil, err
	}
	state := run.NewState(Initial(loaded.Plan.Graph, c.Run))
	if err := state.Fold(loaded.Journal); err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	kept, err := keep(c.Run, loaded.Replays, loaded.Plan)
	if err != nil {
		return nil, err
	}
	sink := durable{w, h, life}
	x := &Executor{
		Plan:    loaded.Plan,
		Kinds:   w.Kinds,
		Run:     c.Run,
		Journal: OpenJournal(h.lease, state, sink, w.Now, redact.New(secrets)),
		Kept:    kept,
		World: World{
			TriggerKind: loaded.TriggerKind,
			Variables:   loaded.Variables,
			Secrets:     secrets,
			HTTP:        w.HTTP,
			Model: func(ref string) (model.Chat, error) {
				return model.Open(ref, loaded.Models, secrets, w.HTTP)
			},
			Address: func(r run.Run, ask run.Ask) string { return w.Links.Callback(r.Workspace, ask.ID) },
			Callee: func(ctx context.Context, graph string, build int) (callee run.Callee, err error) {
				err = persist(ctx, func(ctx context.Context) error {
					callee, err = w.Store.Callee(ctx, c.Run, graph, build)
					return err
				})
				return callee, err
			},
		},
		Fence:    func(ctx context.Context) error { return w.fence(ctx, h) },
		Now:      w.Now,
		Deadline: c.at.Add(c.Left),
		Backoff:  w.pause,
		Say:      w.Bells.Say,
		Log:      w.Log,
	}
	word := run.RunStarted
	if len(loaded.Journal) > 0 {
		word = run.RunResumed
	}
	if err := x.Journal.Note(word, run.Step{}, begun{c.Run.Attempts}); err != nil {
		return x, err
	}
	return x, x.Hear(loaded.Settled)
}

// begun is the data of the record with which an attempt begins.
type begun struct {
	Attempt int `json:"attempt"`
}

// pause waits before another try; a draining worker does not wait.
func (w *Worker) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-w.drains:
		return errDrain
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
