package run

import (
	"encoding/json"
	"slices"
	"strings"
)

// Done is the output of a completed step.
func (s *State) Done(step Step) (json.RawMessage, bool) {
	out, ok := s.done[step]
	return out, ok
}

// Failed is how a step ended for good.
func (s *State) Failed(step Step) (Failure, bool) {
	f, ok := s.failed[step]
	return f, ok
}

// Tries counts the tries of a step that failed so far.
func (s *State) Tries(step Step) int { return s.tries[step] }

// Throttled counts how often in a row the other side of a step asked to wait.
func (s *State) Throttled(step Step) int { return s.throttled[step] }

// Held is what the run has used together with what its steps under way may use.
// A step that began in an attempt which was lost holds what it reserved until it
// begins again or for good: it may have been paid for. The given step's own
// reservation is left out.
func (s *State) Held(but Step) Usage {
	held := s.Usage
	for step, u := range s.reserved {
		if step != but {
			held = held.Add(u)
		}
	}
	return held
}

// Asked is what a step waits for, or waited for until it was answered.
func (s *State) Asked(step Step) (Ask, bool) {
	a, ok := s.asked[step]
	return a, ok
}

// Open are the asks inside a step that nobody has answered.
func (s *State) Open(step Step) (open []Step) {
	for at := range s.asked {
		if _, answered := s.answers[at]; !answered && at.Node == step.Node && at.Iteration == step.Iteration && within(at.Call, step.Call) {
			open = append(open, at)
		}
	}
	slices.SortFunc(open, func(a, b Step) int { return strings.Compare(a.Call, b.Call) })
	return open
}

// within says that a call is made inside another, or is it.
func within(call, outer string) bool {
	return outer == "" || call == outer || strings.HasPrefix(call, outer+"/")
}

// Answer is what became of what a step asked.
func (s *State) Answer(step Step) (Answer, bool) {
	a, ok := s.answers[step]
	return a, ok
}

// Uncertain says that an earlier attempt began the step and left no word of its
// end: it may or may not have happened.
func (s *State) Uncertain(step Step, epoch int) bool {
	b, ok := s.begun[step]
	if !ok || b.epoch == 0 || b.epoch >= epoch {
		return false
	}
	_, done := s.done[step]
	_, failed := s.failed[step]
	return !done && !failed
}

// Started says whether a step began in this run.
func (s *State) Started(step Step) bool {
	_, ok := s.begun[step]
	return ok
}

// Awaits says whether a step waits for an answer of that reason.
func (s *State) Awaits(why Reason) bool {
	for step, a := range s.asked {
		if _, answered := s.answers[step]; a.Reason == why && !answered {
			return true
		}
	}
	return false
}

// Told is how many parts of its work a step has said to be done.
func (s *State) Told(step Step) int { return s.told[step] }

// View is what a step sees of the session: the variables and outputs of the
// moment at which it first started.
func (s *State) View(step Step) (vars, outputs map[string]any) {
	if b, ok := s.begun[step]; ok {
		return b.vars, b.outputs
	}
	return s.lend()
}

// Begun are the nodes that ended in their present lap, for the rule of the
// graph: a node that started and did not end is not among them, because it has
// to start again. The next record writes to it.
func (s *State) Begun() map[string]bool { return s.over }

// Activation is the step in which a node runs next, or ran in its present lap.
func (s *State) Activation(node string) Step { return Step{Node: node, Iteration: s.laps[node]} }

// Activations counts the nodes that have ended, each lap anew.
func (s *State) Activations() int { return s.activations }
