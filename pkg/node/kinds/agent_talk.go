package kinds

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// talk is one activation of an agent: the conversation so far, and how much of
// each limit is used. Nothing but the journal decides how it continues.
type talk struct {
	in     *node.Input
	c      agentConfig
	models []asked
	tools  toolbox
	want   format
	hide   redactor

	messages  []model.Message
	turns     int // questions to the model
	toolCalls int
	repairs   int
	answer    *answered // nil as long as there is none
}

// answered is what an agent came to.
type answered struct {
	out any
	// ends says that the run is complete with it.
	ends bool
}

// begin opens the models and the tools and says the first words.
func begin(ctx context.Context, in *node.Input, c agentConfig) (*talk, error) {
	in = seeing(in, c.InputVars)
	t := &talk{in: in, c: c, hide: newRedactor(in.Secrets)}
	var err error
	if t.want, err = newFormat(c.OutputSchema); err != nil {
		return nil, err
	}
	if t.tools, err = openTools(ctx, in, c.Tools); err != nil {
		return nil, err
	}
	if t.models, err = openModels(ctx, in, c); err != nil {
		return nil, err
	}
	prompt, err := systemPrompt(ctx, in, c.Prompt)
	if err != nil {
		return nil, err
	}
	if prompt != "" {
		t.hear(model.Message{Role: model.System, Content: prompt})
	}
	if len(c.InputVars) > 0 {
		told, err := toldVars(in)
		if err != nil {
			return nil, err
		}
		t.hear(model.Message{Role: model.User, Content: told})
	}
	input, err := t.input(ctx)
	if err != nil {
		return nil, err
	}
	if in.Foreign {
		t.hear(model.Message{Role: model.User, Content: toldForeign})
	}
	t.hear(model.Message{Role: model.User, Content: input})
	in.Saw(map[string]any{"prompt": prompt, "input": input})
	return t, nil
}

func (t *talk) input(ctx context.Context) (string, error) {
	template := t.c.Input
	if !given(template) {
		template = usualInput(t.in)
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
	for t.answer == nil {
		reply, err := t.ask(ctx)
		if err != nil {
			return nil, err
		}
		t.hear(reply)
		if len(reply.Calls) > 0 {
			err = t.useAll(ctx, reply.Calls)
		} else {
			err = t.judge(reply)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := t.derive(ctx); err != nil {
		return nil, err
	}
	if t.answer.ends {
		return node.End{Output: t.answer.out}, nil
	}
	return t.answer.out, nil
}

// ask is the next question to the model.
func (t *talk) ask(ctx context.Context) (model.Message, error) {
	if t.turns++; t.turns > t.c.turns() {
		return model.Message{}, node.Permanent(run.LimitExceeded, fmt.Sprintf("the agent did not finish in %d turns", t.c.turns()))
	}
	return t.question(ctx, fmt.Sprintf("model:%d", t.turns), model.Request{
		Messages: t.messages, Tools: t.tools.offered(), Schema: t.want.raw,
	})
}

// useAll makes the calls that the model asked for in their order, until one of
// them is its answer. Every call has a result: servers refuse conversations in
// which one is missing.
func (t *talk) useAll(ctx context.Context, calls []model.ToolCall) error {
	for _, call := range calls {
		result := "error: not made, the work was finished before"
		if t.answer == nil {
			var err error
			if result, err = t.use(ctx, call); err != nil {
				return err
			}
		}
		t.hear(model.Message{Role: model.FromTool, CallID: call.ID, Content: result})
	}
	return nil
}

// judge takes a reply for the answer, or tells the model what is wrong with it.
func (t *talk) judge(reply model.Message) error {
	out, problem := t.want.read(reply.Content)
	if problem == "" {
		t.answer = &answered{out: out}
		return nil
	}
	t.hear(model.Message{Role: model.User, Content: "This answer does not satisfy the schema: " + problem + "\nAnswer again, with JSON that does."})
	return t.repair(problem)
}

// repair counts an answer that did not fit.
func (t *talk) repair(problem string) error {
	if t.repairs++; t.repairs > t.c.repairs() {
		return node.Permanent(run.NodeFailed, "the answer does not satisfy output_schema: "+problem)
	}
	return nil
}

// message reads a reply out of the journal.
func message(raw json.RawMessage) (m model.Message, err error) {
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, node.Permanent(run.InternalError, "the journal's answer of the model cannot be read")
	}
	return m, nil
}
