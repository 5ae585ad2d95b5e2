// Package nodetest is what every kind of node must survive, and a bench on
// which a test runs one node as the engine would.
package nodetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// ErrCrash is what a node gets back when the bench plays dead.
var ErrCrash = errors.New("the worker died here")

// Bench runs nodes over a journal in memory. It outlives its attempts: running
// the same node again is what another worker would do after a crash.
type Bench struct {
	Kinds   node.Registry
	Graph   graph.Graph
	Scope   expr.Scope
	Secrets map[string]string
	HTTP    *http.Client
	Foreign bool
	Models  map[string]model.Connection

	// CrashAt is the append, counted from 1 over all attempts, that is lost
	// together with its worker: what it tells of has happened already.
	CrashAt int

	// Asked are the asks by call, and Answers what became of them: a test fills
	// them in. Clock is the time, that of the machine when it is nil.
	Asked   map[string]run.Ask
	Answers map[string]run.Answer
	Clock   func() time.Time

	// Journal holds the completed calls. Done lists those whose work was done,
	// in order: a call that stands there twice was repeated.
	Journal map[string]json.RawMessage
	Done    []string
	Logs    []string
	// Inputs is what nodes said they work on.
	Inputs []any
	// Children are the graphs that were started, by call, and Returns what
	// each graph gives; one without an answer goes on for ever.
	Children map[string]node.Child
	Returns  map[string]func(node.Child) (any, error)
	Usage    run.Usage
	// Failures are what the journal tells of calls that failed.
	Failures []string
	// Said is what each call showed to watchers, as far as the pieces follow
	// each other.
	Said map[string]string

	mu       sync.Mutex // a node may make calls side by side
	appends  int
	attempts int
	failed   map[string]*node.Error
}

// Run makes one attempt at a node. The output has been through JSON, as the
// journal would have it.
func (b *Bench) Run(ctx context.Context, id string) (any, error) {
	b.attempts++
	if b.Journal == nil {
		b.Journal, b.failed = map[string]json.RawMessage{}, map[string]*node.Error{}
	}
	raw, err := b.run(ctx, id, "run/"+id+"/0", b.Scope)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(raw, &out)
}

func (b *Bench) run(ctx context.Context, id, key string, scope expr.Scope) (json.RawMessage, error) {
	for _, n := range b.Graph.Nodes {
		if n.ID == id {
			return b.execute(ctx, n, key, scope)
		}
	}
	return nil, fmt.Errorf("the bench has no node %q", id)
}

func (b *Bench) execute(ctx context.Context, n graph.Node, key string, scope expr.Scope) (json.RawMessage, error) {
	k, ok := b.Kinds[n.Kind]
	if !ok {
		return nil, fmt.Errorf("the bench has no kind %q", n.Kind)
	}
	out, err := k.Run(ctx, b.input(n, key, scope))
	if err != nil {
		return nil, err
	}
	if end, ok := out.(node.End); ok {
		out = end.Output
	}
	return json.Marshal(out)
}

func (b *Bench) input(n graph.Node, key string, scope expr.Scope) *node.Input {
	client := b.HTTP
	if client == nil {
		client = egress.Door{}.Client()
	}
	at := seat{b, key}
	return &node.Input{
		Node: n, Graph: b.Graph, Scope: scope, Key: key, Epoch: b.attempts, Depth: 1, Foreign: b.Foreign,
		HTTP: client, Secrets: b.Secrets,
		Model: func(ref string) (model.Chat, error) { return model.Open(ref, b.Models, b.Secrets, client) },
		Now:   b.now, Try: 1, Steps: at, Asks: at, Tells: at,
	}
}

// within is the name of a call inside the node, or inside a call of it.
func within(key, call string) string {
	parts := strings.SplitN(key, "/", 4) // run, node, iteration, call
	if len(parts) < 4 {
		return call
	}
	return parts[3] + "/" + call
}

func (b *Bench) saw(input any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Inputs = append(b.Inputs, input)
}

func (b *Bench) say(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Logs = append(b.Logs, line)
}

func (b *Bench) hear(call string, offset int, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Said == nil {
		b.Said = map[string]string{}
	}
	if offset == 0 {
		b.Said[call] = ""
	}
	if offset == len([]rune(b.Said[call])) {
		b.Said[call] += text
	}
}

func (b *Bench) step(ctx context.Context, call string, fn func(context.Context) (node.Result, error)) (json.RawMessage, error) {
	if raw, ended, _ := b.recall(call); ended {
		return raw, nil
	}
	r, err := fn(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Done = append(b.Done, call)
	if err != nil {
		b.Failures = append(b.Failures, node.Failed(err).Message)
		return nil, err
	}
	raw, err := json.Marshal(r.Value)
	if err != nil {
		return nil, err
	}
	if err := b.append(); err != nil {
		return nil, err
	}
	b.Usage = b.Usage.Add(r.Usage)
	b.Journal[call] = raw
	return raw, nil
}

func (b *Bench) call(ctx context.Context, call, id, key string, args json.RawMessage) (json.RawMessage, error) {
	inner := key + "/" + call
	call = within(key, call)
	if raw, ended, err := b.recall(call); ended {
		return raw, err
	}
	arguments, err := strictjson.Value(args)
	if err != nil {
		return nil, err
	}
	scope := expr.Scope{}
	maps.Copy(scope, b.Scope)
	scope["args"] = arguments
	return b.keep(call, func() (json.RawMessage, error) { return b.run(ctx, id, inner, scope) })
}

func (b *Bench) perform(ctx context.Context, call string, n graph.Node, key string, more expr.Scope) (json.RawMessage, error) {
	inner := key + "/" + call
	call = within(key, call)
	if raw, ended, err := b.recall(call); ended {
		return raw, err
	}
	scope := expr.Scope{}
	maps.Copy(scope, b.Scope)
	maps.Copy(scope, more)
	return b.keep(call, func() (json.RawMessage, error) { return b.execute(ctx, n, inner, scope) })
}

// keep makes a call and remembers how it ended, also when it failed.
func (b *Bench) keep(call string, do func() (json.RawMessage, error)) (json.RawMessage, error) {
	raw, err := do()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Done = append(b.Done, call)
	if crash := b.append(); crash != nil {
		return nil, crash
	}
	if err != nil {
		b.failed[call] = node.Failed(err)
		return nil, b.failed[call]
	}
	b.Journal[call] = raw
	return raw, nil
}

// child starts a graph once and gives what the bench was told that it returns.
func (b *Bench) child(call string, c node.Child) (json.RawMessage, error) {
	if raw, ended, err := b.recall(call); ended {
		return raw, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Children == nil {
		b.Children = map[string]node.Child{}
	}
	b.Children[call] = c
	give, ok := b.Returns[c.Graph]
	if !ok {
		return nil, waits{}
	}
	out, err := give(c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// waits is the error of a node that waits for something.
type waits struct{}

func (waits) Error() string { return "the node waits" }

// Waits is what node.Waits asks.
func (waits) Waits() bool { return true }

// recall finds how a call ended.
func (b *Bench) recall(call string) (raw json.RawMessage, ended bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if failed, ok := b.failed[call]; ok {
		return nil, true, failed
	}
	raw, ended = b.Journal[call]
	return raw, ended, nil
}

// append is the moment in which a record becomes durable.
func (b *Bench) append() error {
	if b.appends++; b.appends == b.CrashAt {
		return ErrCrash
	}
	return nil
}
