package engine

import (
	"maps"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// session is what the steps of one attempt may name and what no step changes,
// written once.
type session struct {
	id, thread, started, marker string // of the run
	env, trigger                map[string]any
}

func newSession(r run.Run, w World) session {
	env := make(map[string]any, len(w.Variables))
	for name, value := range w.Variables {
		env[name] = value
	}
	return session{
		id: r.ID.String(), thread: r.ThreadID.String(), started: startedAt(r), marker: trigger.Marker(r.ID),
		env: env, trigger: map[string]any{"id": r.TriggerID.String(), "name": r.Trigger, "kind": w.TriggerKind},
	}
}

func startedAt(r run.Run) string {
	if r.StartedAt == nil {
		return ""
	}
	return r.StartedAt.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// names are what the templates of a node may use. One without a config has none,
// and a scope is dear.
func (x *Executor) names(a *activity) expr.Scope {
	if len(a.node.Config) == 0 && !a.called {
		return nil
	}
	return x.scope(a)
}

// scope gives a step the names it may use, as they were when it first started.
func (x *Executor) scope(a *activity) expr.Scope {
	x.Journal.mu.Lock()
	vars, outputs := x.Journal.state.View(a.step)
	x.Journal.mu.Unlock()
	s := expr.Scope{
		"message": x.Run.Message, "env": x.session.env, "trigger": x.session.trigger, "vars": vars, "nodes": outputs,
		"run": map[string]any{
			"id": x.session.id, "attempt": int64(x.Run.Attempts), "thread_id": x.session.thread, "started_at": x.session.started,
			"marker": x.session.marker, "remaining_s": int64(max(x.Deadline.Sub(x.Now()), 0) / time.Second),
		},
	}
	if a.args != nil {
		s["args"] = a.args
	}
	maps.Copy(s, a.more)
	return s
}

// behind gives the names with which it is decided what a step that has an output
// sets and where it leads. Most nodes capture nothing and have one edge without a
// condition: there it is nil, as in names.
func (x *Executor) behind(a *activity) expr.Scope {
	if len(a.node.Capture) == 0 && (a.called || !x.Plan.Asks(a.node.ID)) {
		return nil
	}
	return x.scope(a)
}
