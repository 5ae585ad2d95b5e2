package run_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/run"
)

func TestWhatIsReservedIsHeldUntilTheStepEnds(t *testing.T) {
	t.Parallel()
	most := &run.Usage{ModelCalls: 1, InputTokens: 10, OutputTokens: 90}
	used := &run.Usage{ModelCalls: 1, InputTokens: 8, OutputTokens: 2}
	begun := run.Record{Type: run.StepStarted, Node: "n", Call: "model:1", Epoch: 1, Data: data(t, run.Begun{Reserved: most})}
	other := run.Record{Type: run.StepStarted, Node: "m", Call: "model:1", Epoch: 1, Data: data(t, run.Begun{Reserved: most})}
	step := run.Step{Node: "n", Call: "model:1"}
	for _, c := range []struct {
		name             string
		records          []run.Record
		held, butForStep run.Usage
	}{
		{"Begun", []run.Record{begun}, *most, run.Usage{}},
		{"BegunAgain", []run.Record{begun, begun}, *most, run.Usage{}},
		{"Two", []run.Record{begun, other}, most.Add(*most), *most},
		{"Done", []run.Record{begun, other, {Type: run.StepCompleted, Node: "n", Call: "model:1", Data: data(t, run.Completed{Output: data(t, 1), Usage: used})}}, used.Add(*most), used.Add(*most)},
		{"Failed", []run.Record{begun, {Type: run.StepFailed, Node: "n", Call: "model:1", Data: data(t, run.Failure{})}}, run.Usage{}, run.Usage{}},
		{"GivenUpForNow", []run.Record{begun, {Type: run.StepRetrying, Node: "n", Call: "model:1", Data: data(t, run.Retried{Try: 1})}}, run.Usage{}, run.Usage{}},
	} {
		s := folded(t, tape(t, append([]run.Record(nil), c.records...)...))
		if got := s.Held(run.Step{}); got != c.held {
			t.Errorf("%s: held %+v, want %+v", c.name, got, c.held)
		}
		if got := s.Held(step); got != c.butForStep {
			t.Errorf("%s: held by others %+v, want %+v", c.name, got, c.butForStep)
		}
	}
}

func TestAStepThatGetsOnHasItsTriesBack(t *testing.T) {
	t.Parallel()
	failed := run.Record{Type: run.StepRetrying, Node: "n", Call: "tool:1:child", Data: data(t, run.Retried{Try: 2, Throttled: 3})}
	done := run.Record{Type: run.StepCompleted, Node: "n", Call: "tool:1:child/model:4", Data: data(t, run.Completed{Output: data(t, 1)})}
	child := run.Step{Node: "n", Call: "tool:1:child"}
	if s := folded(t, tape(t, failed)); s.Tries(child) != 2 || s.Throttled(child) != 3 {
		t.Errorf("tries %d, throttled %d", s.Tries(child), s.Throttled(child))
	}
	if s := folded(t, tape(t, failed, done)); s.Tries(child) != 0 || s.Throttled(child) != 0 {
		t.Errorf("behind a call: tries %d, throttled %d", s.Tries(child), s.Throttled(child))
	}
	for call, want := range map[string]string{"": "", "model:1": "", "tool:1:a/model:1": "tool:1:a", "tool:1:a/tool:2:b/model:1": "tool:1:a/tool:2:b"} {
		if got := (run.Step{Node: "n", Call: call}).Caller(); got != (run.Step{Node: "n", Call: want}) {
			t.Errorf("%s is called by %+v", call, got)
		}
	}
}
