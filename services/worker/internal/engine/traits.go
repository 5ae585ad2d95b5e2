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

// limit is how long one try may take.
func (a *activity) limit() time.Duration {
	if a.traits.Within {
		return a.traits.Timeout
	}
	return a.node.Timeout.Or(a.traits.Timeout)
}

func (a *activity) repeat() string {
	switch r := a.node.Retry; {
	case a.traits.Within:
		return graph.RepeatSafe
	case r != nil && r.Repeat != "":
		return r.Repeat
	}
	return a.traits.Repeat
}

func (a *activity) retries() int {
	if r := a.node.Retry; r != nil && r.Max != nil {
		return *r.Max
	}
	return a.traits.Retries
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
