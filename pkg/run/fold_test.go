package run_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/run"
)

// tape numbers records and encodes their data.
func tape(t *testing.T, records ...run.Record) []run.Record {
	t.Helper()
	for i := range records {
		records[i].Seq = i + 1
	}
	return records
}

func data(t *testing.T, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func folded(t *testing.T, records []run.Record) *run.State {
	t.Helper()
	s := run.NewState(map[string]any{"a": "before"})
	if err := s.Fold(records); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompletedStepSetsVariablesOutputsAndEdges(t *testing.T) {
	t.Parallel()
	s := folded(t, tape(t,
		run.Record{Type: run.RunStarted, Epoch: 1},
		run.Record{Type: run.StepStarted, Node: "n", Epoch: 1, Data: data(t, run.Begun{})},
		run.Record{Type: run.StepCompleted, Node: "n", Call: "model:1", Epoch: 1, Data: data(t, run.Completed{Output: data(t, 1), Usage: &run.Usage{ModelCalls: 1}})},
		run.Record{Type: run.StepCompleted, Node: "n", Epoch: 1, Data: data(t, run.Completed{
			Output: data(t, map[string]any{"big": 9007199254740993}), Vars: map[string]json.RawMessage{"a": data(t, "after")}, Edges: map[int]bool{3: true},
		})},
	))
	if diff := cmp.Diff(map[string]any{"a": "after"}, s.Vars); diff != "" {
		t.Error("variables", diff)
	}
	if diff := cmp.Diff(map[string]any{"n": map[string]any{"big": int64(9007199254740993)}}, s.Outputs); diff != "" {
		t.Error("outputs", diff)
	}
	if !s.Edges[3] || s.Usage.ModelCalls != 1 || s.Next != 5 {
		t.Errorf("edges %v usage %+v next %d", s.Edges, s.Usage, s.Next)
	}
	if !s.Begun()["n"] {
		t.Error("a completed node has begun")
	}
}

func TestStepSeesTheSessionOfItsFirstStart(t *testing.T) {
	t.Parallel()
	s := folded(t, tape(t,
		run.Record{Type: run.StepStarted, Node: "slow", Epoch: 1, Data: data(t, run.Begun{})},
		run.Record{Type: run.StepCompleted, Node: "fast", Epoch: 1, Data: data(t, run.Completed{Output: data(t, 1), Vars: map[string]json.RawMessage{"a": data(t, "after")}})},
		run.Record{Type: run.StepStarted, Node: "slow", Epoch: 2, Data: data(t, run.Begun{})},
	))
	if vars, _ := s.View(run.Step{Node: "slow"}); vars["a"] != "before" {
		t.Errorf("a step that started again sees %v", vars["a"])
	}
	if vars, _ := s.View(run.Step{Node: "new"}); vars["a"] != "after" {
		t.Errorf("a new step sees %v", vars["a"])
	}
}

func TestViewStaysAsItWas(t *testing.T) {
	t.Parallel()
	done := func(seq int, node string) run.Record {
		return run.Record{Seq: seq, Type: run.StepCompleted, Node: node, Data: data(t, run.Completed{Output: data(t, node), Vars: map[string]json.RawMessage{"by": data(t, node)}})}
	}
	s := run.NewState(nil)
	for i, node := range []string{"a", "b", "c"} {
		vars, outputs := s.View(run.Step{Node: node})
		if err := s.Fold([]run.Record{done(2*i+1, node), done(2*i+2, node+"2")}); err != nil {
			t.Fatal(err)
		}
		if len(outputs) != 2*i || outputs[node] != nil || vars["by"] == node+"2" || len(s.Outputs) != 2*i+2 {
			t.Errorf("%s was shown %v and %v, and both changed behind it", node, vars, outputs)
		}
	}
}

func TestUncertain(t *testing.T) {
	t.Parallel()
	step := run.Step{Node: "pay"}
	started := run.Record{Type: run.StepStarted, Node: "pay", Epoch: 1, Data: data(t, run.Begun{})}
	again := run.Record{Type: run.StepStarted, Node: "pay", Epoch: 2, Data: data(t, run.Begun{})}
	answered := run.Record{Type: run.Answered, Node: "pay", Epoch: 1, Data: data(t, run.Answer{Decision: run.TryAgain})}
	tests := []struct {
		name     string
		records  []run.Record
		epoch    int
		want     bool
		answered bool
	}{
		{"NeverStarted", nil, 2, false, false},
		{"StartedByThisAttempt", []run.Record{started}, 1, false, false},
		{"StartedByAnEarlierAttempt", []run.Record{started}, 2, true, false},
		{"Failed", []run.Record{started, {Type: run.StepFailed, Node: "pay", Epoch: 1, Data: data(t, run.Failure{})}}, 2, false, false},
		{"FailedTryIsCertain", []run.Record{started, {Type: run.StepRetrying, Node: "pay", Epoch: 1, Data: data(t, run.Retried{Try: 1})}}, 2, false, false},
		{"Answered", []run.Record{started, answered}, 2, true, true},
		{"AnswerIsSpentByTheNextTry", []run.Record{started, answered, again}, 3, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := folded(t, tape(t, append([]run.Record(nil), tt.records...)...))
			if got := s.Uncertain(step, tt.epoch); got != tt.want {
				t.Errorf("uncertain %v, want %v", got, tt.want)
			}
			if _, got := s.Answer(step); got != tt.answered {
				t.Errorf("answered %v, want %v", got, tt.answered)
			}
		})
	}
}

func TestRecordOutOfOrderIsRefused(t *testing.T) {
	t.Parallel()
	s := run.NewState(nil)
	if err := s.Apply(run.Record{Seq: 2}); err == nil {
		t.Error("a gap in the journal went unseen")
	}
}

func FuzzApplyNeverPanics(f *testing.F) {
	for _, k := range []run.RecordType{run.StepStarted, run.StepCompleted, run.StepFailed, run.StepRetrying, run.Answered, "unknown"} {
		f.Add(string(k), "node", "model:1", []byte(`{"output":1,"vars":{"a":[]},"edges":{"1":true}}`))
		f.Add(string(k), "node", "", []byte(`null`))
	}
	f.Fuzz(func(t *testing.T, kind, node, call string, data []byte) {
		_ = run.NewState(nil).Apply(run.Record{Seq: 1, Type: run.RecordType(kind), Node: node, Call: call, Data: data})
	})
}

func TestRunThatHoldsTooMuchEnds(t *testing.T) {
	t.Parallel()
	block := data(t, strings.Repeat("x", 1<<20))
	set := func(name string) run.Record {
		return run.Record{Type: run.StepCompleted, Node: name, Data: data(t, run.Completed{Output: data(t, 1), Vars: map[string]json.RawMessage{name: block}})}
	}
	for name, c := range map[string]struct {
		records []run.Record
		ends    bool
	}{
		"three variables":             {[]run.Record{set("a"), set("b"), set("c")}, false},
		"one that is set four times":  {[]run.Record{set("a"), set("a"), set("a"), set("a")}, false},
		"four variables":              {[]run.Record{set("a"), set("b"), set("c"), set("d")}, true},
		"sixty results inside a node": {slices.Repeat([]run.Record{{Type: run.StepCompleted, Node: "n", Call: "tool:1:t", Data: data(t, run.Completed{Output: block})}}, 60), false},
		"seventy":                     {slices.Repeat([]run.Record{{Type: run.StepCompleted, Node: "n", Call: "tool:1:t", Data: data(t, run.Completed{Output: block})}}, 70), true},
	} {
		f := folded(t, tape(t, c.records...)).Failure
		if (f != nil) != c.ends || f != nil && f.Code != run.LimitExceeded {
			t.Errorf("%s: ended with %+v", name, f)
		}
	}
}
