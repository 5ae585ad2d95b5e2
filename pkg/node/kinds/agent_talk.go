package kinds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// talk is one activation of an agent: the conversation so far, and how much of
// each limit is used. Nothing but the journal decides how it continues.
type talk struct {
	in    *node.Input
	c     agentConfig
	chat  model.Chat
	tools toolbox
	want  format
	hide  redactor

	messages  []model.Message
	turns     int // questions to the model
	toolCalls int
	repairs   int
}

// begin opens the model and the tools and says the first words.
func begin(ctx context.Context, in *node.Input, c agentConfig) (*talk, error) {
	want, err := newFormat(c.OutputSchema)
	if err != nil {
		return nil, err
	}
	tools, err := openTools(in, c.Tools)
	if err != nil {
		return nil, err
	}
	if c.Model, err = inside(in).text(ctx, "config.model", c.Model, expr.Verbatim); err != nil {
		return nil, err
	}
	chat, err := in.Model(c.Model)
	if err != nil {
		return nil, refused(err)
	}
	t := &talk{in: in, c: c, chat: chat, tools: tools, want: want, hide: newRedactor(in.Secrets)}

	prompt, err := inside(in).text(ctx, "config.prompt", c.Prompt, expr.Verbatim)
	if err != nil {
		return nil, err
	}
	if prompt != "" {
		t.hear(model.Message{Role: model.System, Content: prompt})
	}
	input, err := t.input(ctx)
	if err != nil {
		return nil, err
	}
	t.hear(model.Message{Role: model.User, Content: input})
	return t, nil
}

func (t *talk) input(ctx context.Context) (string, error) {
	template := t.c.Input
	if !given(template) {
		template = json.RawMessage(`"{{ message }}"`)
	}
	v, err := inside(t.in).value(ctx, "config.input", template)
	if err != nil {
		return "", err
	}
	return plainText(v)
}

func (t *talk) hear(m model.Message) { t.messages = append(t.messages, m) }

// run asks, lets the model use its tools, and returns its answer.
func (t *talk) run(ctx context.Context) (any, error) {
	for {
		reply, err := t.ask(ctx)
		if err != nil {
			return nil, err
		}
		t.hear(reply)
		for _, call := range reply.Calls {
			result, err := t.use(ctx, call)
			if err != nil {
				return nil, err
			}
			t.hear(model.Message{Role: model.FromTool, CallID: call.ID, Content: result})
		}
		if len(reply.Calls) > 0 {
			continue
		}
		out, problem := t.want.read(reply.Content)
		if problem == "" {
			return out, nil
		}
		if t.repairs++; t.repairs > t.c.repairs() {
			return nil, node.Permanent(run.NodeFailed, "the answer does not satisfy output_schema: "+problem)
		}
		t.hear(model.Message{Role: model.User, Content: "This answer does not satisfy the schema: " + problem + "\nAnswer again, with JSON that does."})
	}
}

// ask is one question to the model, or its answer from the journal.
func (t *talk) ask(ctx context.Context) (model.Message, error) {
	if t.turns++; t.turns > t.c.turns() {
		return model.Message{}, node.Permanent(run.LimitExceeded, fmt.Sprintf("the agent did not finish in %d turns", t.c.turns()))
	}
	step := fmt.Sprintf("model:%d", t.turns)
	raw, err := t.in.Step(ctx, step, func(ctx context.Context) (node.Result, error) {
		t.in.Log("llm_call", fmt.Sprintf("turn %d: asking %s", t.turns, t.c.Model))
		r, err := t.chat.Complete(ctx, model.Request{
			Messages:    t.messages,
			Tools:       t.tools.offered(),
			Temperature: t.c.Temperature,
			MaxTokens:   t.c.MaxTokens,
			Schema:      t.want.raw,
			Headers:     identity(t.in, t.in.Key+"/"+step),
		})
		if err != nil {
			return node.Result{}, refused(err)
		}
		return node.Result{Value: t.hide.message(r.Message), Usage: r.Usage}, nil
	})
	if err != nil {
		return model.Message{}, err
	}
	var reply model.Message
	if err := json.Unmarshal(raw, &reply); err != nil {
		return model.Message{}, node.Permanent(run.InternalError, "the journal's answer of the model cannot be read")
	}
	return reply, nil
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
		return &node.Error{Code: run.NodeFailed, Message: e.Message, After: e.After}
	}
	return node.Permanent(run.ModelRefused, e.Message)
}
