package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// walk is one attempt's way through the graph: which nodes are under way, and
// why no more may start.
type walk struct {
	*Executor
	ended   chan ended
	running map[string]bool
	stop    error
}

// ended is a node that is no longer under way.
type ended struct {
	node string
	err  error
}

// errOver cancels what is under way when another branch has failed or has ended
// the run.
var errOver = errors.New("another branch has ended the run")

// through starts whatever is ready until nothing is ready and nothing is under
// way. The first failure, or a node that ends the run, cancels the siblings; a
// fence or a drain lets the steps under way finish and starts no more; a pause
// lets other branches go on as far as they can.
func (w *walk) through(ctx context.Context, cancel context.CancelCauseFunc) error {
	paused := map[string]bool{}
	var pause *Pause
	for {
		w.startReady(ctx, paused)
		if len(w.running) == 0 {
			break
		}
		e := <-w.ended
		delete(w.running, e.node)
		var p *Pause
		var over *Over
		switch {
		case errors.Is(e.err, errOver):
			// The journal has the end that cancelled it.
		case errors.As(e.err, &p):
			paused[e.node], pause = true, first(pause, p)
		case errors.As(e.err, &over), e.err != nil && w.stop == nil:
			w.stop = e.err
		}
		if w.Journal.Over() {
			cancel(errOver)
		}
	}
	switch {
	case w.stop != nil:
		return w.stop
	case pause != nil:
		return pause
	}
	return nil
}

// startReady runs pure nodes here and now, because they may make others ready,
// and gives every other node a goroutine.
func (w *walk) startReady(ctx context.Context, paused map[string]bool) {
	for again := true; again; {
		again = false
		for _, id := range w.Journal.Ready(w.Plan) {
			if w.stop != nil || w.Journal.Over() || ctx.Err() != nil {
				break
			}
			if w.running[id] || paused[id] {
				continue
			}
			n, _ := w.Plan.Node(id)
			t := w.traits(n)
			if t.Pure {
				w.stop = w.activate(ctx, n, t)
				again = true
				continue
			}
			w.launch(ctx, n, t)
		}
	}
	if w.stop == nil && ctx.Err() != nil && !w.Journal.Over() {
		w.stop = &Over{context.Cause(ctx)}
	}
}

// launch activates a node beside the walk.
func (w *walk) launch(ctx context.Context, n graph.Node, t node.Traits) {
	w.running[n.ID] = true
	go func() { w.ended <- ended{n.ID, w.activate(ctx, n, t)} }()
}

// activate performs a node as one step of the run.
func (w *walk) activate(ctx context.Context, n graph.Node, t node.Traits) (err error) {
	defer rescue(&err)
	a := &activity{node: n, traits: t, memo: w.Plan.Memo(n.ID), step: ask(w.Journal, func(s *run.State) run.Step { return s.Activation(n.ID) })}
	if ask(w.Journal, (*run.State).Activations) >= MaxActivations {
		return w.tooMany(ctx, a)
	}
	_, err = w.perform(ctx, a)
	if _, failed := err.(*stepFailed); failed {
		return nil // the journal has it, and the walk looks there
	}
	return err
}

// MaxActivations is how many nodes a run may execute, laps counted one by one.
const MaxActivations = 1000

// tooMany ends a run that goes on and on, whatever its edges for errors say.
func (w *walk) tooMany(ctx context.Context, a *activity) error {
	return w.Journal.Append(ctx, run.StepFailed, a.step, run.Failure{
		Code: run.LimitExceeded, Kind: a.node.Kind, Message: fmt.Sprintf("the run executed %d nodes and was to execute more", MaxActivations),
	})
}
