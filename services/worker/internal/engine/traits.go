package engine

import (
	"encoding/json"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// What a node says of itself wins over what its kind says.

func (x *Executor) traits(n graph.Node) node.Traits { return x.Kinds[n.Kind].Traits(n) }

func (x *Executor) limit(n graph.Node) time.Duration {
	t := x.traits(n)
	if t.Within {
		return t.Timeout
	}
	return n.Timeout.Or(t.Timeout)
}

func (x *Executor) repeat(n graph.Node) string {
	if x.traits(n).Within {
		return graph.RepeatSafe
	}
	if n.Retry != nil && n.Retry.Repeat != "" {
		return n.Retry.Repeat
	}
	return x.traits(n).Repeat
}

func (x *Executor) retries(n graph.Node) int {
	if n.Retry != nil && n.Retry.Max != nil {
		return *n.Retry.Max
	}
	return x.traits(n).Retries
}

// What the journal knows of a step.

func (x *Executor) done(s run.Step) (json.RawMessage, bool) {
	return found(x.Journal, s, (*run.State).Done)
}

func (x *Executor) failure(s run.Step) (run.Failure, bool) {
	return found(x.Journal, s, (*run.State).Failed)
}

func (x *Executor) answer(s run.Step) (run.Answer, bool) {
	return found(x.Journal, s, (*run.State).Answer)
}

// uncertain says that nobody knows whether a step happened: in an earlier attempt,
// or before this run touched it in the one that it replays.
func (x *Executor) uncertain(s run.Step) bool {
	return ask(x.Journal, func(st *run.State) bool {
		return st.Uncertain(s, x.Run.Epoch) || x.Kept.Doubtful(s) && !st.Started(s)
	})
}

func found[T any](j *Journal, s run.Step, look func(*run.State, run.Step) (T, bool)) (T, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return look(j.state, s)
}
