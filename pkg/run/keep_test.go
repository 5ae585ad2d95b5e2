package run_test

import (
	"testing"

	"github.com/onsethq/onset/pkg/run"
)

func TestAModelThatWasToldOfAFailureIsAskedAgain(t *testing.T) {
	t.Parallel()
	did := func(kind run.RecordType, call string) run.Record {
		r := run.Record{Type: kind, Node: "n", Call: call, Data: data(t, run.Completed{Output: data(t, call)})}
		if kind == run.StepFailed {
			r.Data = data(t, run.Failure{Code: run.NodeFailed, Message: "no"})
		}
		return r
	}
	talk := []run.Record{
		did(run.StepCompleted, "model:1"), did(run.StepCompleted, "tool:1:x"), did(run.StepFailed, "tool:2:y"), did(run.StepCompleted, "model:2"),
	}
	items := []run.Record{did(run.StepCompleted, "tool:1:x"), did(run.StepFailed, "tool:2:x"), did(run.StepCompleted, "tool:3:x")}
	for _, c := range []struct {
		name    string
		records []run.Record
		same    bool
		keeps   string
		not     string
	}{
		{"Before", talk, true, "tool:1:x", "model:2"},
		{"First", talk, true, "model:1", "tool:2:y"},
		{"AnotherBuild", talk, false, "", "model:1"},
		{"OtherItems", items, true, "tool:3:x", "tool:2:x"},
	} {
		k, err := run.Keep(tape(t, append([]run.Record(nil), c.records...)...), run.FromFailed, nil, c.same)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := k.Done(run.Step{Node: "n", Call: c.keeps}, ""); c.keeps != "" && !ok {
			t.Errorf("%s: %s is not kept", c.name, c.keeps)
		}
		if _, ok := k.Done(run.Step{Node: "n", Call: c.not}, ""); ok {
			t.Errorf("%s: %s is kept", c.name, c.not)
		}
	}
}

func TestAResultOfAnotherKindIsNotKept(t *testing.T) {
	t.Parallel()
	k, err := run.Keep(tape(t, run.Record{Type: run.StepCompleted, Node: "n", Data: data(t, run.Completed{Output: data(t, 1), Kind: "tool"})}), run.FromFailed, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	_, same := k.Done(run.Step{Node: "n"}, "tool")
	_, other := k.Done(run.Step{Node: "n"}, "agent")
	if !same || other {
		t.Errorf("kept as what it was: %v, as something else: %v", same, other)
	}
}

func FuzzKeepNeverPanics(f *testing.F) {
	f.Add("step.completed", "n", "model:1", []byte(`{"output":1}`), "n")
	f.Add("waiting", "n", "run:1", []byte(`{"child":{"graph":"x"}}`), "failed")
	f.Fuzz(func(_ *testing.T, kind, node, call string, data []byte, from string) {
		_, _ = run.Keep([]run.Record{{Seq: 1, Type: run.RecordType(kind), Node: node, Call: call, Data: data}}, from, nil, true)
	})
}

// What told another system where to post its answer told it of a run that is
// over. The run that repeats it has another address, so it has to tell it anew.
func TestACallThatNamedTheOldRunIsNotKept(t *testing.T) {
	t.Parallel()
	asks := func(reason run.Reason) []run.Record {
		return tape(t,
			run.Record{Type: run.Waiting, Node: "n", Call: "callback:1", Data: data(t, run.Ask{Reason: reason})},
			run.Record{Type: run.StepCompleted, Node: "n", Call: "tool:1:call", Data: data(t, run.Completed{Output: data(t, 1)})},
			run.Record{Type: run.StepStarted, Node: "n", Call: "tool:2:call"},
		)
	}
	for reason, keeps := range map[run.Reason]bool{run.ForCallback: false, run.ForInput: true} {
		k, err := run.Keep(asks(reason), run.FromFailed, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		_, done := k.Done(run.Step{Node: "n", Call: "tool:1:call"}, "")
		if doubtful := k.Doubtful(run.Step{Node: "n", Call: "tool:2:call"}); done != keeps || doubtful != keeps {
			t.Errorf("%s: what was called is kept: %v, doubted: %v", reason, done, doubtful)
		}
	}
}
