package kinds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

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

	mu      sync.Mutex
	results []json.RawMessage
	errors  []itemError
	done    int
	// over is why the attempt ends although no item failed.
	over error
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
	var g errgroup.Group
	g.SetLimit(b.c.parallel())
	for i, item := range items {
		g.Go(func() error {
			if !b.stops() {
				out, err := b.call(ctx, i, item)
				b.note(i, out, err)
			}
			return nil
		})
	}
	_ = g.Wait() // what went wrong stands in the batch
	return b.verdict()
}

func (b *batch) call(ctx context.Context, i int, item any) (json.RawMessage, error) {
	arguments, err := b.arguments(ctx, i, item)
	if err != nil {
		return nil, err
	}
	return b.in.Call(ctx, fmt.Sprintf("tool:%d:%s", i+1, b.c.Node), b.c.Node, arguments)
}

// arguments are what an item's call is made with.
func (b *batch) arguments(ctx context.Context, i int, item any) (json.RawMessage, error) {
	if b.c.Arguments != nil {
		scope := expr.Scope{}
		maps.Copy(scope, b.in.Scope)
		scope["item"], scope["index"] = item, int64(i)
		var err error
		if item, err = (filler{scope: scope, log: b.in.Log}).object(ctx, "config.arguments", b.c.Arguments); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	if _, problem := b.box.choose(model.ToolCall{Name: b.c.Node, Arguments: string(raw)}); problem != "" {
		return nil, node.Permanent(run.NodeFailed, problem)
	}
	return raw, nil
}

// note keeps what became of an item.
func (b *batch) note(i int, out json.RawMessage, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var failed *node.Error
	switch {
	case err == nil:
		b.results[i] = out
	case errors.As(err, &failed):
		b.errors = append(b.errors, itemError{i, failed.Code, failed.Message})
	default:
		if b.over == nil {
			b.over = err
		}
		return
	}
	b.done++
	b.in.Progress(b.done, len(b.results))
}

func (b *batch) stops() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over != nil || len(b.errors) > 0 && b.c.OnError != collect
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
