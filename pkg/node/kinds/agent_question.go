package kinds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// asked is a model that an agent asks, by the name that its author gave.
type asked struct {
	ref  string
	chat model.Chat
}

// openModels opens the agent's model and those that are asked in its place.
func openModels(ctx context.Context, in *node.Input, c agentConfig) ([]asked, error) {
	models := make([]asked, 0, 1+len(c.Fallbacks))
	for i, ref := range append([]string{c.Model}, c.Fallbacks...) {
		path := "config.model"
		if i > 0 {
			path = fmt.Sprintf("config.fallbacks[%d]", i-1)
		}
		ref, err := inside(in).text(ctx, path, ref, expr.Verbatim)
		if err != nil {
			return nil, err
		}
		chat, err := in.Model(ref)
		if err != nil {
			return nil, refused(err)
		}
		models = append(models, asked{ref, chat})
	}
	return models, nil
}

// question asks the models until one answers, as one step of the run.
func (t *talk) question(ctx context.Context, step string, q model.Request) (model.Message, error) {
	q.Temperature, q.MaxTokens = t.c.Temperature, t.c.MaxTokens
	raw, err := t.in.Spend(ctx, step, t.most(q), func(ctx context.Context) (node.Result, error) {
		r, err := t.oneOf(ctx, step, q)
		if err != nil {
			return node.Result{}, t.hide.failure(refused(err)) // the journal tells of it
		}
		return node.Result{Value: t.hide.message(r.Message), Usage: r.Usage}, nil
	})
	if err != nil {
		return model.Message{}, err
	}
	return message(raw)
}

// usualAnswer is how many tokens an answer is taken to need at most when
// nothing bounds it.
const usualAnswer = 4096

// most is what a question may cost at most, roughly. Where the author bounds the
// run and not the answer, one answer is not taken to need more than a quarter of
// it.
func (t *talk) most(q model.Request) run.Usage {
	out := q.MaxTokens
	if out == 0 {
		out = min(usualAnswer, t.in.Graph.Limit().Tokens/4)
	}
	return run.Usage{ModelCalls: 1, InputTokens: model.Tokens(q), OutputTokens: out}
}

// oneOf asks the models in their order. The error is that of the one that is
// most worth asking again.
func (t *talk) oneOf(ctx context.Context, step string, q model.Request) (model.Response, error) {
	var worst error
	for i, m := range t.models {
		key := t.in.Key + "/" + step
		if i > 0 { // it is another request to another server
			key = fmt.Sprintf("%s/fallback:%d", key, i)
			t.in.Log("warning", t.hide.text(fmt.Sprintf("%s; asking %s", worst, m.ref)))
		}
		t.in.Log("llm_call", fmt.Sprintf("%s: asking %s", step, m.ref))
		q.Headers = identity(t.in, key)
		r, err := t.one(ctx, m, step, q, i == len(t.models)-1)
		if err == nil || ctx.Err() != nil {
			return r, err
		}
		worst = hopeful(worst, err)
		if !elsewhere(err) {
			return model.Response{}, err
		}
	}
	return model.Response{}, worst
}

// patience is how long a model may take while there is another to ask.
const patience = 2 * time.Minute

// one asks one model and shows what it writes.
func (t *talk) one(ctx context.Context, m asked, step string, q model.Request, last bool) (model.Response, error) {
	if !last {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, errSlow)
		defer cancel()
	}
	shown := &spoken{hide: t.hide, say: func(offset int, text string) { t.in.Say(step, offset, text) }}
	q.Said = shown.hear
	r, err := m.chat.Complete(ctx, q)
	if err != nil && context.Cause(ctx) == errSlow {
		err = &model.Error{Message: fmt.Sprintf("%s did not answer within %s", m.ref, patience)}
	}
	if err == nil {
		shown.end()
	}
	return r, err
}

var errSlow = errors.New("the model takes too long")

// elsewhere says whether it is worth asking another model.
func elsewhere(err error) bool {
	var e *model.Error
	return errors.As(err, &e) && e.Elsewhere()
}

// hopeful is the one of two errors after which asking again makes more sense.
func hopeful(a, b error) error {
	var first, second *model.Error
	switch {
	case !errors.As(a, &first):
		return b
	case !errors.As(b, &second) || !second.Retryable():
		return a
	case !first.Retryable() || second.After < first.After:
		return b
	}
	return a
}

// refused makes a model's failure a node's.
func refused(err error) error {
	var e *model.Error
	switch {
	case errors.Is(err, model.ErrSecretMissing):
		return node.Permanent(run.SecretMissing, err.Error())
	case errors.Is(err, model.ErrUnknown), errors.Is(err, model.ErrNoModel):
		return node.Permanent(run.NodeFailed, err.Error())
	case errors.Is(err, egress.ErrBlocked):
		return node.Permanent(run.EgressBlocked, egress.ErrBlocked.Error())
	case !errors.As(err, &e):
		return err
	case e.Retryable():
		return &node.Error{Code: run.NodeFailed, Message: e.Message, After: e.After, Throttled: e.Class() == model.Throttled}
	}
	return node.Permanent(run.ModelRefused, e.Message)
}
