package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
)

// The promise of the executor: a run whose worker dies at any append, before or
// after the append was stored, ends as the run that nobody disturbed; every
// memoised call happens once; a call that must not repeat never does.
func TestCrashAtEveryAppendGivesTheCrashFreeResult(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		calm := newTrial(g)
		calm.play(t)
		for n := 1; n <= calm.appends; n++ {
			for _, stored := range []bool{false, true} {
				hit := newTrial(g)
				hit.crash = func(append int) (bool, bool) { return append == n, stored }
				hit.play(t)
				hit.compare(t, calm, fmt.Sprintf("crash at append %d, stored %v", n, stored))
			}
		}
		storm := newTrial(g)
		storm.crash = ever(rapid.IntRange(1, 4).Draw(t, "first gap"))
		storm.play(t)
		storm.compare(t, calm, "crash again and again")
	})
}

// refold holds the state that an attempt has come to against what another worker
// would read in the journal.
func (tr *trial) refold(t fataler, live *run.State) {
	t.Helper()
	read := run.NewState(Initial(tr.graph, run.Run{ID: trialRun}))
	if err := read.Fold(tr.tape); err != nil {
		t.Fatalf("the journal does not fold: %v", err)
	}
	for _, s := range []*run.State{live, read} {
		s.View(run.Step{}) // whether somebody has looked before is no part of it
	}
	if !reflect.DeepEqual(live, read) {
		t.Fatalf("the attempt came to\n%+v, and its journal reads as\n%+v", live, read)
	}
}

// ever crashes again and again, each time one append later than the time
// before: a run needs some appends in a row to get anywhere.
func ever(gap int) func(int) (bool, bool) {
	next := gap
	return func(append int) (bool, bool) {
		if append < next {
			return false, false
		}
		gap++
		next = append + gap
		return true, gap%2 == 0
	}
}

// Without memory of completed calls the same checker must complain, or it
// proves nothing.
func TestCheckerSeesARepeatedCall(t *testing.T) {
	t.Parallel()
	g := graph.Graph{
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "a", Kind: "loop"}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "a"}, {From: "a", To: "end"}},
	}
	calm := newTrial(g)
	calm.play(t)
	hit := newTrial(g)
	hit.crash = func(append int) (bool, bool) { return append == 4, true }
	hit.amnesia = true
	hit.play(t)
	if hit.repeated(calm) == "" {
		t.Fatal("a call that was repeated after its completion went unseen")
	}
}

// fataler is the part of T that both kinds of test have.
type fataler interface {
	Fatalf(format string, args ...any)
	Helper()
}

// trialRun is the run of every trial.
var trialRun = uuid.MustParse("01890000-0000-7000-8000-000000000001")

var errCrash = errors.New("the worker died")

// trial is one run of a graph over as many attempts as its crashes need.
type trial struct {
	graph   graph.Graph
	crash   func(append int) (crash, stored bool)
	amnesia bool // forget completed calls between attempts: the negative control
	broken  bool // fragile nodes fail
	kept    *run.Kept
	secrets map[string]string
	more    []node.Kind

	mu       sync.Mutex
	tape     []run.Record
	appends  int
	dead     bool
	called   map[string]int  // effects by idempotency key
	told     map[string]bool // where to answer, as other systems were told
	attempts int
	outcome  run.Outcome
	settled  []run.Settled
	now      time.Time // stands still but for timers
}

func newTrial(g graph.Graph) *trial {
	return &trial{
		graph: g, called: map[string]int{}, told: map[string]bool{}, crash: func(int) (bool, bool) { return false, false },
		now: time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC),
	}
}

func (tr *trial) Append(_ context.Context, l run.Lease, records []run.Record) error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.dead {
		return fault.New(fault.Fenced, "a dead worker wrote")
	}
	tr.appends++
	crash, stored := tr.crash(tr.appends)
	if !crash || stored {
		tr.tape = append(tr.tape, records...)
		tr.bear(records)
	}
	if crash {
		tr.dead = true
		return errCrash
	}
	return nil
}

// bear counts the children that begin with what is stored.
func (tr *trial) bear(records []run.Record) {
	for _, r := range records {
		if r.Type == run.Waiting && strings.HasPrefix(r.Call, "run:") {
			tr.called["child/"+r.Step().Key(trialRun.String())]++
		}
	}
}

// play runs attempts until the run ends, answering like a person who looked
// whether the effect happened.
func (tr *trial) play(t fataler) {
	t.Helper()
	id := trialRun
	for tr.attempts = 1; tr.attempts < 500; tr.attempts++ {
		tr.dead = false
		r := run.Run{ID: id, Epoch: tr.attempts, Attempts: tr.attempts}
		state := run.NewState(Initial(tr.graph, r))
		if err := state.Fold(tr.tape); err != nil {
			t.Fatalf("the journal does not fold: %v", err)
		}
		journal := OpenJournal(run.Lease{Run: id, Epoch: r.Epoch}, state, tr, time.Now, redact.New(tr.secrets))
		x := &Executor{
			Plan: graph.NewPlan(tr.graph), Kinds: tr.kinds(), Run: r, Journal: journal, Kept: tr.kept,
			Fence:   func(ctx context.Context) error { return ctx.Err() },
			Backoff: func(context.Context, time.Duration) error { return nil },
			Now:     func() time.Time { return tr.now }, Deadline: tr.now.Add(time.Hour), Log: slog.New(slog.DiscardHandler),
			World: World{
				Callee: func(_ context.Context, graph string, _ int) (run.Callee, error) {
					return run.Callee{Graph: graph, Build: 1}, nil
				},
				HTTP: newOthers(tr), Model: func(string) (model.Chat, error) { return model.Echo{}, nil },
				Address: func(_ run.Run, ask run.Ask) string { return "https://jobs.example/" + ask.ID.String() },
			},
		}
		if err := x.Hear(tr.settled); err != nil {
			t.Fatalf("hear: %v", err)
		}
		outcome, err := x.Execute(context.Background())
		var pause *Pause
		switch {
		case err == nil:
			tr.tape = append(tr.tape, journal.Rest()...)
			tr.outcome = outcome
			tr.refold(t, state)
			return
		case errors.As(err, &pause):
			tr.tape = append(tr.tape, journal.Rest()...)
			tr.refold(t, state)
			tr.answer(t, pause.Step, state, id)
		case !errors.Is(err, errCrash) && !errors.Is(err, fault.Fenced):
			t.Fatalf("attempt %d: %v", tr.attempts, err)
		}
		if tr.amnesia {
			tr.forget()
		}
	}
	t.Fatalf("the run never ended")
}

// answer settles what the step asked: as a person does who looked whether the
// effect of a doubtful step happened, or who says yes to everything else, as a
// clock that comes to the moment, or as another system that was called.
func (tr *trial) answer(t fataler, s run.Step, state *run.State, id uuid.UUID) {
	t.Helper()
	asked, _ := state.Asked(s)
	output := json.RawMessage(`{"n":1}`)
	a := run.Answer{Decision: run.Given, Output: output, By: "somebody", Variables: map[string]json.RawMessage{"said_" + s.Node: json.RawMessage(`true`)}}
	switch asked.Reason {
	case run.OutcomeUnknown:
		a = run.Answer{Decision: run.TryAgain}
		if tr.called[s.Key(id.String())] > 0 {
			a = run.Answer{Decision: run.Happened, Output: output}
		}
	case run.ForApproval:
		a = run.Answer{Decision: run.Approved, By: "somebody"}
	case run.ForTimer:
		tr.now = *asked.Until
		a = run.Answer{Decision: run.Expired}
	case run.ForCallback:
		if !tr.told["https://jobs.example/"+asked.ID.String()] {
			t.Fatalf("%s waits for the answer of somebody who was not told where to post it", s.Node)
		}
		a = run.Answer{Decision: run.Given, Output: output, By: "callback"}
	}
	if asked.Reason == run.ForChild {
		a.Output = json.RawMessage(`{"status":"completed","response":{"n":1}}`)
		if asked.Child.Graph == "bad" {
			a.Output = json.RawMessage(`{"status":"failed","error":"boom","error_code":"node_failed"}`)
		}
	}
	tr.settled = append(tr.settled, run.Settled{Ask: asked.ID, Step: s, Answer: a})
}

// forget drops the completed calls from the tape.
func (tr *trial) forget() {
	tr.tape = slices.DeleteFunc(tr.tape, func(r run.Record) bool { return r.Type == run.StepCompleted && r.Call != "" })
	for i := range tr.tape {
		tr.tape[i].Seq = i + 1
	}
}

// compare says how a disturbed run differs from the calm one.
func (tr *trial) compare(t fataler, calm *trial, what string) {
	t.Helper()
	if tr.outcome.Status != calm.outcome.Status || tr.outcome.ErrorCode != calm.outcome.ErrorCode && !tr.races() {
		t.Fatalf("%s: ended %s %s, undisturbed %s %s (%s)", what, tr.outcome.Status, tr.outcome.ErrorCode, calm.outcome.Status, calm.outcome.ErrorCode, tr.outcome.Error)
	}
	if tr.outcome.Status == run.StatusCompleted {
		if diff := cmp.Diff(calm.outcome.Response, tr.outcome.Response); diff != "" {
			t.Fatalf("%s: response differs (-calm +crashed):\n%s", what, diff)
		}
		if calm.outcome.Usage != tr.outcome.Usage && tr.kept == nil {
			t.Fatalf("%s: usage %+v, undisturbed %+v", what, tr.outcome.Usage, calm.outcome.Usage)
		}
	}
	once := map[run.Step]bool{}
	for _, r := range tr.tape {
		if r.Type != run.StepCompleted {
			continue
		}
		if once[r.Step()] {
			t.Fatalf("%s: step %v completed twice", what, r.Step())
		}
		once[r.Step()] = true
	}
	if key := tr.repeated(calm); key != "" {
		t.Fatalf("%s: %s was called %d times in %d attempts, undisturbed %d", what, key, tr.called[key], tr.attempts, calm.called[key])
	}
}

// races says that several branches may fail, each in its way: which of them is
// first depends on chance, not on crashes.
func (tr *trial) races() bool {
	return slices.ContainsFunc(tr.graph.Nodes, func(n graph.Node) bool { return n.Kind == "boom" }) &&
		slices.ContainsFunc(tr.graph.Edges, func(e graph.Edge) bool { return e.Loop })
}

// repeated finds a call that happened more often than its crashes explain: a
// call whose completion is on the tape is never made again, so each attempt but
// the last can add at most the one call that was under way; a call that must
// not repeat happens at most once.
func (tr *trial) repeated(calm *trial) string {
	extra := 0
	for key, n := range tr.called {
		if tr.outcome.Status == run.StatusCompleted && n > calm.called[key] {
			extra += n - calm.called[key]
		}
		if (tr.never(key) || strings.HasPrefix(key, "child/")) && n > 1 {
			return key
		}
		if extra > (tr.attempts-1)*tr.width() {
			return key
		}
	}
	return ""
}

// width is how many calls can be under way at once.
func (tr *trial) width() int {
	if tr.amnesia {
		return 0
	}
	width := len(tr.graph.Nodes)
	for _, n := range tr.graph.Nodes {
		if n.Kind == "map" {
			width++ // two calls at once
		}
	}
	return width
}

func (tr *trial) effect(key string) int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.called[key]++
	return tr.called[key]
}

func (tr *trial) kinds() node.Registry {
	return node.NewRegistry(append(tr.more,
		kind{name: "start", pure: true, run: constant},
		kind{name: "end", pure: true, run: constant},
		kind{name: "pure", pure: true, run: constant},
		kind{name: "boom", run: func(_ context.Context, in *node.Input) (any, error) {
			tr.effect(in.Key)
			return nil, node.Permanent(run.NodeFailed, "boom")
		}},
		kind{name: "fragile", run: func(_ context.Context, in *node.Input) (any, error) {
			tr.effect(in.Key)
			if tr.broken {
				return nil, node.Permanent(run.NodeFailed, "fragile")
			}
			return map[string]any{"n": 1}, nil
		}},
		kind{name: "work", run: func(_ context.Context, in *node.Input) (any, error) {
			tr.effect(in.Key)
			return map[string]any{"n": 1}, nil
		}},
		kind{name: "flaky", retries: 3, run: func(_ context.Context, in *node.Input) (any, error) {
			if tr.effect(in.Key) == 1 {
				return nil, errors.New("not yet")
			}
			return map[string]any{"n": 1}, nil
		}},
		kind{name: "throttled", run: func(_ context.Context, in *node.Input) (any, error) {
			switch tr.effect(in.Key) {
			case 1:
				return nil, &node.Error{Code: run.NodeFailed, Message: "wait", Throttled: true}
			case 2: // for so long that the run leaves its worker
				return nil, &node.Error{Code: run.NodeFailed, Message: "wait longer", Throttled: true, After: time.Minute}
			}
			return map[string]any{"n": 1}, nil
		}},
		kinds.Wait{}, kinds.Human{}, kinds.Callback{}, kinds.Tool{},
		kind{name: "loop", run: tr.loop},
		kinds.Agent{}, kinds.ChildAgent{},
		kinds.Condition{}, kinds.Transform{},
		kinds.Map{},
		kinds.Graph{},
		kinds.MCP{},
		kinds.Remote{},
		kind{name: "helper", run: func(_ context.Context, in *node.Input) (any, error) {
			tr.effect(in.Key)
			return map[string]any{"got": in.Scope["args"]}, nil
		}},
	)...)
}

// loop is an agent in small: model calls and tool calls, each once.
func (tr *trial) loop(ctx context.Context, in *node.Input) (any, error) {
	var heard []json.RawMessage
	for i := 1; i <= 3; i++ {
		most := run.Usage{ModelCalls: 1, InputTokens: 20}
		out, err := in.Spend(ctx, fmt.Sprintf("model:%d", i), most, func(context.Context) (node.Result, error) {
			tr.effect(in.Key + "/model")
			return node.Result{Value: i, Usage: run.Usage{ModelCalls: 1, InputTokens: 10}}, nil
		})
		if err != nil {
			return nil, err
		}
		heard = append(heard, out)
		if _, ok := graph.NewPlan(in.Graph).Node("helper"); !ok {
			continue
		}
		tool, err := in.Call(ctx, fmt.Sprintf("tool:%d:helper", i), "helper", json.RawMessage(fmt.Sprintf(`{"i":%d}`, i)))
		if err != nil {
			return nil, err
		}
		heard = append(heard, tool)
	}
	return map[string]any{"n": 1, "heard": heard}, nil
}

func constant(context.Context, *node.Input) (any, error) { return map[string]any{"n": 1}, nil }

// kind is a node kind made of functions.
type kind struct {
	name    string
	pure    bool
	retries int
	run     func(context.Context, *node.Input) (any, error)
}

func (k kind) Name() string                                 { return k.name }
func (k kind) Check(graph.Node, graph.Graph) []fault.Detail { return nil }
func (k kind) Traits(graph.Node) node.Traits {
	return node.Traits{Pure: k.pure, Retries: k.retries, Repeat: graph.RepeatSafe}
}
func (k kind) Run(ctx context.Context, in *node.Input) (any, error) { return k.run(ctx, in) }

// drawGraph draws an acyclic graph: nodes in layers of chance, edges forward
// only, conditions and else edges, joins of both kinds, nodes that fail, that
// fail at first, that must not repeat, whose work others do, and agents and maps
// with a tool.
func drawGraph(t *rapid.T) graph.Graph {
	inner := rapid.IntRange(1, 6).Draw(t, "nodes")
	g := graph.Graph{Nodes: []graph.Node{{ID: "start", Kind: "start"}}}
	drawn := []string{"work", "work", "work", "pure", "pure", "flaky", "throttled", "loop", "wait", "human", "callback", "callback", "mcp", "remote", "agent", "agent", "graph", "graph", "condition", "transform"}
	if rapid.Bool().Draw(t, "may fail") {
		drawn = append(drawn, "boom")
	}
	tool := rapid.Bool().Draw(t, "tool")
	if tool {
		drawn = append(drawn, "map")
	}
	for i := range inner {
		n := graph.Node{ID: fmt.Sprintf("n%d", i), Kind: rapid.SampledFrom(drawn).Draw(t, "kind")}
		n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output.n"}}
		if n.Kind == "map" {
			n.Config = json.RawMessage(`{"over": "[1, 2, 3]", "node": "helper", "arguments": {"i": "{{ item }}"}, "parallel": 2}`)
			if rapid.Bool().Draw(t, "of graphs") {
				n.Config = json.RawMessage(`{"over": "[1, 2, 3]", "graph": "other", "arguments": {"i": "{{ item }}"}, "parallel": 2}`)
			}
			n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output.results"}}
		}
		if n.Kind == "graph" {
			n.Config = json.RawMessage(`{"graph": "other"}`)
			if rapid.IntRange(0, 3).Draw(t, "bad") == 0 {
				n.Config = json.RawMessage(`{"graph": "bad"}`)
				n.Retry = &graph.Retry{Max: new(int)}
				*n.Retry.Max = 1
			}
		}
		if n.Kind == "agent" {
			n.Config = json.RawMessage(rapid.SampledFrom(agents).Draw(t, "agent"))
			n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output"}}
		}
		if foreign(n.Kind) && n.Kind != "callback" {
			config := map[string]string{"mcp": mcpConfig, "remote": remoteConfig}[n.Kind]
			if rapid.Bool().Draw(t, "idempotent") {
				config += `, "idempotent": true`
			}
			n.Config = json.RawMessage(config + "}")
			n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output.?structured.orValue(output).n"}}
		}
		switch n.Kind {
		case "condition":
			n.Config, n.Capture = json.RawMessage(`{"branches": [{"name": "low", "when": "run.id == ''"}, {"name": "high", "when": "run.id != ''"}]}`), nil
		case "transform":
			n.Config, n.Capture = json.RawMessage(`{"set": {"t": "{{ run.id }}"}}`), nil
		case "wait":
			n.Config, n.Capture = json.RawMessage(`{"for": "1h"}`), nil
		case "human":
			n.Config = json.RawMessage(`{"question": "Go on?", "form": {"type": "object"}, "expires_in": "1h"}`)
			n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output.answer.n"}}
		case "callback":
			n.Config = json.RawMessage(`{"http": {"method": "POST", "url": "https://jobs.example", "body": "{{ callback.url }}"}}`)
			if rapid.Bool().Draw(t, "idempotent") {
				n.Config = json.RawMessage(`{"idempotent": true, "http": {"method": "POST", "url": "https://jobs.example", "body": "{{ callback.url }}"}}`)
			}
			n.Capture = map[string]graph.Capture{"v_" + n.ID: {Expr: "output.body.n"}}
		}
		if n.Kind == "work" && rapid.Bool().Draw(t, "never") {
			n.Retry = &graph.Retry{Repeat: graph.RepeatNever}
		}
		if rapid.Bool().Draw(t, "any") {
			n.Join = graph.JoinAny
		}
		g.Nodes = append(g.Nodes, n)
	}
	if tool {
		g.Nodes = append(g.Nodes, graph.Node{
			ID: "helper", Kind: "helper", Callable: true, Parameters: json.RawMessage(`{"type":"object","properties":{"i":{"type":"integer"}}}`),
			Capture: map[string]graph.Capture{"helped": {Value: json.RawMessage(`true`)}},
		})
	}
	g.Nodes = append(g.Nodes, deputy, graph.Node{ID: "end", Kind: "end"})
	for i := range inner {
		from := "start"
		if i > 0 {
			from = g.Nodes[1+rapid.IntRange(0, i-1).Draw(t, "from")].ID
		}
		g.Edges = append(g.Edges, drawEdge(t, from, fmt.Sprintf("n%d", i)))
		if i > 1 && rapid.Bool().Draw(t, "second way") {
			g.Edges = append(g.Edges, drawEdge(t, g.Nodes[1+rapid.IntRange(0, i-1).Draw(t, "from")].ID, fmt.Sprintf("n%d", i)))
		}
		if rapid.Bool().Draw(t, "to end") {
			g.Edges = append(g.Edges, drawEdge(t, fmt.Sprintf("n%d", i), "end"))
		}
	}
	g.Edges = append(g.Edges, graph.Edge{From: fmt.Sprintf("n%d", inner-1), To: "end"})
	drawBranches(t, &g)
	drawLoops(t, &g, inner)
	return g
}

// drawBranches says of each edge from a condition to which branch it belongs.
func drawBranches(t *rapid.T, g *graph.Graph) {
	for i, e := range g.Edges {
		from := slices.IndexFunc(g.Nodes, func(n graph.Node) bool { return n.ID == e.From })
		if g.Nodes[from].Kind == "condition" && e.On == "" && !e.Else {
			g.Edges[i].When, g.Edges[i].Branch = "", rapid.SampledFrom([]string{"low", "high"}).Draw(t, "branch")
		}
	}
}

// drawLoops adds ways back. Inside a loop every node waits for all of its
// edges: what an "any" leaves behind when the next lap begins depends on chance,
// not on crashes.
func drawLoops(t *rapid.T, g *graph.Graph, inner int) {
	for range rapid.IntRange(0, 2).Draw(t, "loops") {
		from, to := rapid.IntRange(0, inner-1).Draw(t, "loop from"), rapid.IntRange(0, inner-1).Draw(t, "loop to")
		e := graph.Edge{From: fmt.Sprintf("n%d", from), To: fmt.Sprintf("n%d", to), Loop: true, Max: rapid.IntRange(1, 3).Draw(t, "laps")}
		g.Edges = append(g.Edges, e)
		body := graph.NewPlan(*g).Loops[len(g.Edges)-1].Nodes
		if len(body) == 0 {
			g.Edges = g.Edges[:len(g.Edges)-1]
			continue
		}
		for i := range g.Nodes {
			g.Nodes[i].Join = ""
		}
	}
}

func drawEdge(t *rapid.T, from, to string) graph.Edge {
	e := graph.Edge{From: from, To: to}
	if from != "start" && rapid.IntRange(0, 4).Draw(t, "of an error") == 0 {
		e.On = graph.OnError
		return e
	}
	switch rapid.IntRange(0, 3).Draw(t, "condition") {
	case 0:
		e.When = "output.?n.orValue(1) == 1"
	case 1:
		e.When = "output.?n.orValue(1) == 2"
	case 2:
		e.Else = true
	}
	return e
}

// A child that began twice for one step must be seen, or nothing is proven.
func TestCheckerSeesASecondChild(t *testing.T) {
	t.Parallel()
	g := graph.Graph{
		Nodes: []graph.Node{{ID: "start", Kind: "start"}, {ID: "a", Kind: "graph", Config: json.RawMessage(`{"graph":"other"}`)}, {ID: "end", Kind: "end"}},
		Edges: []graph.Edge{{From: "start", To: "a"}, {From: "a", To: "end"}},
	}
	calm := newTrial(g)
	calm.play(t)
	if calm.repeated(calm) != "" || calm.called["child/"+trialRun.String()+"/a/0/run:1"] != 1 {
		t.Fatalf("an undisturbed run has called %v", calm.called)
	}
	hit := newTrial(g)
	hit.play(t)
	hit.bear([]run.Record{{Type: run.Waiting, Node: "a", Call: "run:1"}})
	if hit.repeated(calm) == "" {
		t.Fatal("a second child of one step went unseen")
	}
}
