package kinds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// batch is one activation of a map: which items are done, and what became of
// them.
type batch struct {
	in  *node.Input
	c   mapConfig
	box toolbox

	// places are as many as items may be under way: one that waits keeps its
	// own. halt is closed when no more may begin.
	places chan struct{}
	halt   chan struct{}

	mu      sync.Mutex
	results []json.RawMessage
	errors  []itemError
	done    int
	waiting int
	// over is why the attempt ends although no item failed.
	over error
}

func newBatch(in *node.Input, c mapConfig, items int) *batch {
	return &batch{
		in: in, c: c, places: make(chan struct{}, c.parallel()), halt: make(chan struct{}),
		results: make([]json.RawMessage, items), errors: []itemError{},
	}
}

// itemError is an item that failed.
type itemError struct {
	Index   int           `json:"index"`
	Code    run.ErrorCode `json:"code"`
	Message string        `json:"message"`
}

// run goes through the items, a few at a time. When it has to stop, the items
// under way are finished: what they did shall be in the journal.
func (b *batch) run(ctx context.Context, items []any) error {
	var under sync.WaitGroup
	for i, item := range items {
		if !b.begins() {
			break
		}
		under.Go(func() {
			out, err := b.call(ctx, i, item)
			b.note(i, out, err)
		})
	}
	under.Wait()
	return b.verdict()
}

// begins takes a place for one more item; false when none may begin.
func (b *batch) begins() bool {
	select {
	case b.places <- struct{}{}:
	case <-b.halt:
		return false
	}
	// A place that was given back by the item that halts is no place.
	select {
	case <-b.halt:
		return false
	default:
		return true
	}
}

func (b *batch) call(ctx context.Context, i int, item any) (json.RawMessage, error) {
	arguments, err := b.arguments(ctx, i, item)
	if err != nil {
		return nil, err
	}
	if b.c.Graph != "" {
		return b.start(ctx, i, item, arguments)
	}
	raw, err := json.Marshal(arguments)
	if err != nil {
		return nil, err
	}
	if _, problem := b.box.choose(model.ToolCall{Name: b.c.Node, Arguments: string(raw)}); problem != "" {
		return nil, node.Permanent(run.NodeFailed, problem)
	}
	return b.in.Call(ctx, fmt.Sprintf("tool:%d:%s", i+1, b.c.Node), b.c.Node, raw)
}

// start begins a graph for an item.
func (b *batch) start(ctx context.Context, i int, item, arguments any) (json.RawMessage, error) {
	variables, ok := arguments.(map[string]any)
	if !ok {
		return nil, node.Permanent(run.NodeFailed, "an item that is no object needs arguments, which become the variables of the graph")
	}
	if wrong := checkVariables("config.arguments", variables); len(wrong) > 0 {
		return nil, node.Permanent(run.NodeFailed, wrong[0].Message)
	}
	message, err := b.filler(i, item).said(ctx, b.c.Message)
	if err != nil {
		return nil, err
	}
	return b.in.Child(ctx, fmt.Sprintf("run:%d", i+1), node.Child{Graph: b.c.Graph, Build: int(b.c.Build), Message: message, Variables: variables})
}

// filler knows the item.
func (b *batch) filler(i int, item any) filler {
	scope := expr.Scope{}
	maps.Copy(scope, b.in.Scope)
	scope["item"], scope["index"] = item, int64(i)
	return filler{scope: scope, log: b.in.Log}
}

// arguments are what an item is called with.
func (b *batch) arguments(ctx context.Context, i int, item any) (any, error) {
	if b.c.Arguments == nil {
		return item, nil
	}
	return b.filler(i, item).object(ctx, "config.arguments", b.c.Arguments)
}

// note keeps what became of an item, and halts when no more may begin. One that
// waits keeps its place.
func (b *batch) note(i int, out json.RawMessage, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	halted := b.stops()
	var failed *node.Error
	switch {
	case err == nil:
		b.results[i] = out
	case errors.As(err, &failed):
		b.errors = append(b.errors, itemError{i, failed.Code, failed.Message})
	default:
		b.interrupt(err)
	}
	if err == nil || failed != nil {
		b.done++
		b.in.Progress(b.done, len(b.results))
	}
	if !halted && b.stops() {
		close(b.halt)
	}
	if !node.Waits(err) {
		<-b.places
	}
}

// interrupt remembers why the attempt ends; that items wait is told only when
// nothing else ends it.
func (b *batch) interrupt(err error) {
	if node.Waits(err) {
		b.waiting++
	}
	if b.over == nil || node.Waits(b.over) && !node.Waits(err) {
		b.over = err
	}
}

// stops says that no more items may begin.
func (b *batch) stops() bool {
	return b.over != nil && !node.Waits(b.over) || b.waiting == cap(b.places) || len(b.errors) > 0 && b.c.OnError != collect
}

// verdict is the error that the node ends with, or nil. Of several items that
// failed the first of the list is named, however they raced.
func (b *batch) verdict() error {
	if b.over != nil {
		return b.over
	}
	slices.SortFunc(b.errors, func(x, y itemError) int { return x.Index - y.Index })
	if len(b.errors) > 0 && b.c.OnError != collect {
		first := b.errors[0]
		return node.Permanent(first.Code, fmt.Sprintf("item %d: %s", first.Index, first.Message))
	}
	return nil
}
