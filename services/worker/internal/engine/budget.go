package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// budget holds a run to the limits of its graph. What a call may use is reserved
// in the record that begins it and settled in the one that ends it, so neither a
// crash nor any number of branches side by side passes a limit.
type budget struct {
	limits graph.Limits

	mu sync.Mutex
	// asking counts the questions to models that are under way in this attempt.
	asking int
	// asked is closed when one of them comes back.
	asked chan struct{}
}

func newBudget(l graph.Limits) *budget { return &budget{limits: l, asked: make(chan struct{})} }

// begin appends the record with which a question to a model begins, as soon as
// there is room for it. While questions under way hold the room it waits: what
// they do not use is free again. back has to be called when the question is over
// and its end is in the journal.
func (b *budget) begin(ctx context.Context, j *Journal, s run.Step, begun run.Begun) (back func(), err error) {
	for {
		asked, err := b.try(ctx, j, s, begun)
		if asked == nil {
			return b.back, err
		}
		select {
		case <-asked:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// try begins a question, or says why it may not be asked, or gives a channel to
// wait on.
func (b *budget) try(ctx context.Context, j *Journal, s run.Step, begun run.Begun) (asked <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	crowded := false
	err = j.AppendIf(ctx, func(st *run.State) error {
		var refusal error
		refusal, crowded = room(st, s, *begun.Reserved, b.limits)
		return refusal
	}, run.StepStarted, s, begun)
	switch {
	case err == nil:
		b.asking++
		return nil, nil
	case crowded && b.asking > 0:
		return b.asked, nil
	}
	return nil, err
}

// back says that a question is over.
func (b *budget) back() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asking--
	close(b.asked)
	b.asked = make(chan struct{})
}

// room says why a step may not use as much, or nothing. crowded says that only
// what other steps have reserved is in the way.
func room(s *run.State, step run.Step, most run.Usage, l graph.Limits) (refusal error, crowded bool) {
	held := s.Held(step)
	for _, limit := range []struct {
		name                     string
		used, held, most, atMost int
		refusal                  string
	}{
		{"model_calls", s.Usage.ModelCalls, held.ModelCalls, most.ModelCalls, l.ModelCalls, "the run has asked models %d times"},
		{"tool_calls", s.Usage.ToolCalls, held.ToolCalls, most.ToolCalls, l.ToolCalls, "the run has made %d tool calls"},
		{"tokens", s.Usage.Tokens(), held.Tokens(), most.Tokens(), l.Tokens, "the run has used %d tokens"},
	} {
		if limit.most > 0 && limit.held+limit.most > limit.atMost {
			said := fmt.Sprintf(limit.refusal, limit.held)
			if limit.most > 1 {
				said += fmt.Sprintf(", and the next call may use %d more", limit.most)
			}
			return node.Permanent(run.LimitExceeded, fmt.Sprintf("%s; its limits.%s is %d", said, limit.name, limit.atMost)),
				limit.used+limit.most <= limit.atMost
		}
	}
	return nil, false
}
