package kinds_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/run"
)

// offered is a scripted agent with all that is built in.
func offered(more string, lines ...string) string {
	return strings.Replace(script(more, lines...), `"tools":[`, `"tools":[{"builtin":"finish"},{"builtin":"end_graph"},{"builtin":"progress"},`, 1)
}

func TestAnAgentFinishesByATool(t *testing.T) {
	t.Parallel()
	const severity = `,"output_schema":{"type":"object","properties":{"severity":{"enum":["low","high"]}},"required":["severity"]}`
	const referring = `,"output_schema":{"$ref":"#/$defs/s","$defs":{"s":{"type":"integer"}}}`
	for _, c := range []struct {
		name, config string
		want         any
		done         []string
	}{
		{"WithText", offered(``, `@call finish {"answer":"all is well"}`), "all is well", []string{"model:1"}},
		{"WithJSON", offered(severity, `@call finish {"answer":{"severity":"high"}}`), map[string]any{"severity": "high"}, []string{"model:1"}},
		{"WithASchemaThatRefersToItself", offered(referring, `@call finish {"answer":7}`), 7.0, []string{"model:1"}},
		{"AfterARepair", offered(referring, `@call finish {"answer":"seven"}`, `@call finish {"answer":7}`), 7.0, []string{"model:1", "model:2"}},
		{"AfterWrongArguments", offered(severity, `@call finish {"answer":{"severity":"awful"}}`, `@call finish {"severity":"high"}`, `@call finish {"answer":{"severity":"high"}}`),
			map[string]any{"severity": "high"}, []string{"model:1", "model:2", "model:3"}},
		{"BeforeFurtherCalls", offered(`,"input":"@call finish {\"answer\":\"x\"}\n@call page {\"text\":\"late\"}"`), "x", []string{"model:1"}},
		{"AndEndsTheGraph", offered(``, `@call end_graph {"answer":"stop"}`), "stop", []string{"model:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := agentBench(t, c.config, paged)
			got, err := b.Run(t.Context(), "n")
			if d := cmp.Diff(c.want, got); d != "" || err != nil {
				t.Errorf("error %v, output %s", err, d)
			}
			if !slices.Equal(b.Done, c.done) {
				t.Errorf("steps %v, want %v", b.Done, c.done)
			}
		})
	}
}

func TestAnAnswerByAToolIsRepairedOnlySoOften(t *testing.T) {
	t.Parallel()
	b := agentBench(t, offered(`,"output_schema":{"$ref":"#/$defs/s","$defs":{"s":{"type":"integer"}}}`, `@call finish {"answer":"a"}`, `@call finish {"answer":"b"}`), paged)
	_, err := b.Run(t.Context(), "n")
	sameFailure(t, err, &node.Error{Code: run.NodeFailed, Permanent: true})
}

func TestOnlyAnAgentOfTheGraphItselfMayEndIt(t *testing.T) {
	t.Parallel()
	n := nodeOf("n", "child_agent", `{"model":"m","tools":[{"builtin":"end_graph"}]}`)
	n.Callable = true
	_, details := node.NewRegistry(kinds.All()...).Check(n, graphOf(n))
	if len(details) != 1 || details[0].Path != "config.tools[0].builtin" {
		t.Errorf("got %+v", details)
	}
}

func TestProgressIsToldOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	b := agentBench(t, offered(``, `@call progress {"message":"reading page 3"}`, `@call progress {"text":"?"}`, `@say done`), paged)
	b.CrashAt = 3
	if _, err := b.Run(t.Context(), "n"); err == nil {
		t.Fatal("the worker lived")
	}
	if out, err := b.Run(t.Context(), "n"); err != nil || out != "done" {
		t.Fatalf("%v (%v)", out, err)
	}
	told := slices.DeleteFunc(slices.Clone(b.Logs), func(line string) bool { return !strings.Contains(line, "reading page 3") })
	if !slices.Equal(told, []string{"info: reading page 3"}) {
		t.Errorf("told %v", told)
	}
	if want := []string{"model:1", "tool:1:progress", "model:2", "model:2", "model:3"}; !slices.Equal(b.Done, want) {
		t.Errorf("steps %v, want %v", b.Done, want)
	}
}
