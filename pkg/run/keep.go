package run

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/google/uuid"
)

// FromFailed begins a replay where the run failed: everything that it finished is
// kept.
const FromFailed = "failed"

// Kept is what a replay takes over from the run that it repeats, instead of doing
// and paying it again. Nil is nothing.
type Kept struct {
	done   map[Step]Completed
	failed map[Step]Failure
	// derived is what was derived from the output of a step.
	derived map[Step]json.RawMessage
	// set are the calls that filled session variables, in order.
	set []Filled
	// doubtful are steps of which nobody knows whether they happened.
	doubtful map[Step]bool
	children map[Step]kid
	// told are the steps that told another system where to post an answer for the
	// run that is over. They have to tell it anew.
	told map[Step]bool
}

// Filled is a call inside a node that filled session variables.
type Filled struct {
	Step
	Completed
}

type kid struct {
	id uuid.UUID
	Callee
}

// Keep reads off the journal of a run that has ended what a replay of it keeps.
// From a node on, whatever is behind it is done anew, except what had happened
// before the node first began; behind says which nodes those are, the node
// among them. same says that the build is the same and nothing was patched: then
// failures that were caught stay, and a node that was cut off goes on inside.
func Keep(journal []Record, from string, behind map[string]bool, same bool) (*Kept, error) {
	cut := math.MaxInt
	if from != FromFailed {
		if cut = firstOf(journal, from); cut == 0 {
			return nil, fmt.Errorf("node %q has not run", from)
		}
	}
	k := &Kept{done: map[Step]Completed{}, failed: map[Step]Failure{}, derived: map[Step]json.RawMessage{}, doubtful: map[Step]bool{}, children: map[Step]kid{}, told: map[Step]bool{}}
	broken := map[Step]bool{}
	for _, r := range journal {
		if r.Seq >= cut && behind[r.Node] {
			continue
		}
		if err := k.add(r, same, broken); err != nil {
			return nil, fmt.Errorf("journal record %d: %w", r.Seq, err)
		}
	}
	return k, nil
}

// firstOf is where the journal first tells of a node; 0 is nowhere.
func firstOf(journal []Record, node string) int {
	for _, r := range journal {
		if r.Node == node {
			return r.Seq
		}
	}
	return 0
}

// add keeps what a record tells. broken are the steps inside which something has
// failed: a model that was told of it said the rest because of it.
func (k *Kept) add(r Record, same bool, broken map[Step]bool) error {
	step := r.Step()
	switch r.Type {
	case StepStarted:
		k.doubtful[step] = !k.told[step.outer()]
	case StepCompleted:
		delete(k.doubtful, step)
		var c Completed
		if err := json.Unmarshal(r.Data, &c); err != nil {
			return err
		}
		if step.derived() {
			k.derived[step.outer()] = c.Output
		}
		if r.Call != "" && len(c.Vars) > 0 {
			k.set = append(k.set, Filled{step, c})
		}
		switch {
		case c.Ends: // it would end the replay before what is to be done anew
		case r.Call != "" && k.told[step.outer()]:
		case r.Call != "" && (!same || broken[step.outer()] && k.thinks(step.outer())):
		default:
			k.done[step] = c
		}
	case StepRetrying:
		delete(k.doubtful, step)
	case StepFailed:
		delete(k.doubtful, step)
		var f Failure
		if err := json.Unmarshal(r.Data, &f); err != nil {
			return err
		}
		switch {
		case r.Call != "":
			broken[step.outer()] = true
		case same && f.Caught():
			k.failed[step] = f
		}
	case Waiting:
		var a Ask
		if err := json.Unmarshal(r.Data, &a); err != nil {
			return err
		}
		if a.Child != nil && same {
			k.children[step] = kid{a.ID, a.Child.Callee}
		}
		if a.Reason == ForCallback {
			k.told[step.outer()] = true
		}
	}
	return nil
}

// thinks says whether a model was asked inside a step.
func (k *Kept) thinks(s Step) bool {
	call := "model:1"
	if s.Call != "" {
		call = s.Call + "/" + call
	}
	_, yes := k.done[Step{s.Node, s.Iteration, call}]
	return yes
}

// derived says that the call makes variables of its node's output.
func (s Step) derived() bool { return s.Call[strings.LastIndexByte(s.Call, '/')+1:] == "derived" }

// outer is the step that a call is made in.
func (s Step) outer() Step {
	s.Call = s.Call[:max(0, strings.LastIndexByte(s.Call, '/'))]
	return s
}

// Done is the output that a step of that kind had, and of a call whatever its
// kind.
func (k *Kept) Done(s Step, kind string) (json.RawMessage, bool) {
	if k == nil {
		return nil, false
	}
	c, ok := k.done[s]
	return c.Output, ok && (kind == "" || c.Kind == kind)
}

// Derived are the variables that were derived from a step's output.
func (k *Kept) Derived(s Step) (json.RawMessage, bool) {
	if k == nil {
		return nil, false
	}
	out, ok := k.derived[s]
	return out, ok
}

// Inside are the calls inside a step that filled session variables, in order.
func (k *Kept) Inside(s Step) (calls []Filled) {
	prefix := ""
	if s.Call != "" {
		prefix = s.Call + "/"
	}
	for _, f := range k.set {
		if f.Node == s.Node && f.Iteration == s.Iteration && f.Call != s.Call && strings.HasPrefix(f.Call, prefix) {
			calls = append(calls, f)
		}
	}
	return calls
}

// Failed is how a step failed without ending its run.
func (k *Kept) Failed(s Step) (Failure, bool) {
	if k == nil {
		return Failure{}, false
	}
	f, ok := k.failed[s]
	return f, ok
}

// Doubtful says that a step had begun and that nobody knows how it ended.
func (k *Kept) Doubtful(s Step) bool { return k != nil && k.doubtful[s] }

// Child is the run that a step had started, and its build.
func (k *Kept) Child(s Step) (id uuid.UUID, of Callee, ok bool) {
	if k == nil {
		return uuid.Nil, Callee{}, false
	}
	c, ok := k.children[s]
	return c.id, c.Callee, ok
}
