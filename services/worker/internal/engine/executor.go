// Package engine moves a run forward one step at a time: it claims runs, keeps
// their leases, walks their graphs and writes their journals.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// Executor walks one run's graph from wherever its journal ends. Every finished
// step is in the journal before a step with an effect starts; the state is the
// fold of the journal and nothing else, so a crash between any two appends
// costs at most the steps that were under way.
type Executor struct {
	Plan    *graph.Plan
	Kinds   node.Registry
	Run     run.Run
	Journal *Journal
	World   World
	// Kept is what a replay takes over from the run that it repeats.
	Kept *run.Kept

	// Fence is asked before every node and every call. It waits while nobody
	// can say whether the lease still holds, and its error ends the attempt.
	Fence func(ctx context.Context) error
	Now   func() time.Time
	// Deadline is when the run ends whatever it is doing; run.remaining_s
	// counts down to it.
	Deadline time.Time
	// Backoff waits before another try; tests make it short.
	Backoff func(ctx context.Context, d time.Duration) error
	// Say shows a piece of text to whoever watches the run; nil shows nothing.
	Say func(run.Delta)
	Log *slog.Logger

	session session
	budget  *budget
	// stop cancels whatever is under way.
	stop context.CancelCauseFunc
}

// World is what a graph may reach outside.
type World struct {
	TriggerKind string
	Variables   map[string]string
	Secrets     map[string]string
	HTTP        *http.Client
	Model       func(ref string) (model.Chat, error)
	// Address is where another system may answer what the run asks.
	Address func(r run.Run, ask run.Ask) string
	// Callee finds the build that a graph node starts. Faults: NotFound, NoBuild.
	Callee func(ctx context.Context, graph string, build int) (run.Callee, error)
}

// Execute walks until nothing is left to do. A nil error means that Outcome
// tells the end of the run; a *Pause, that it has to wait; anything else, that
// this attempt is over and the run is not.
func (x *Executor) Execute(ctx context.Context) (run.Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	x.session, x.budget, x.stop = newSession(x.Run, x.World), newBudget(x.Plan.Graph.Limit()), cancel
	w := &walk{Executor: x, ended: make(chan ended), running: map[string]bool{}}
	err := w.through(ctx, cancel)
	var over *Over
	if errors.As(err, &over) || err != nil && !x.Journal.Over() {
		return run.Outcome{}, err
	}
	return ask(x.Journal, x.outcome), nil
}

// outcome reads the end of the run off its state.
func (x *Executor) outcome(s *run.State) run.Outcome {
	if f := s.Failure; f != nil {
		return run.Outcome{Status: run.StatusFailed, Error: f.Message, ErrorCode: f.Code, Usage: s.Usage}
	}
	reached := s.Ended
	for id := range s.Outputs {
		n, ok := x.Plan.Node(id)
		reached = reached || ok && n.Kind == graph.EndKind
	}
	if reached {
		return run.Outcome{Status: run.StatusCompleted, Response: s.Vars, Usage: s.Usage}
	}
	return run.Outcome{
		Status: run.StatusFailed, ErrorCode: run.ExpressionFailed, Usage: s.Usage,
		Error: "no edge led to an end: every condition was false and there is no else edge",
	}
}
