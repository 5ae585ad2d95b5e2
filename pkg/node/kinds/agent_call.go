package kinds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// use is what becomes of one call that the model asked for: it is decided, by a
// person too where the author wants that, then performed. What goes wrong with it is told to the model, which may do better;
// what no other arguments could mend ends the agent.
func (t *talk) use(ctx context.Context, call model.ToolCall) (string, error) {
	wanted, problem := t.tools.choose(call)
	if problem != "" {
		t.in.Log("warning", "the model's call was refused: "+problem)
		return "error: " + problem, nil
	}
	if wanted.final {
		return t.finish(wanted, call)
	}
	if t.toolCalls++; t.toolCalls > t.c.toolCalls() {
		return "", node.Permanent(run.LimitExceeded, fmt.Sprintf("the agent made more than %d tool calls", t.c.toolCalls()))
	}
	allowed, err := t.approve(ctx, wanted, call)
	if err != nil {
		return "", err
	}
	if allowed.refusal != "" {
		return "error: " + allowed.refusal, nil
	}
	step := fmt.Sprintf("tool:%d:%s", t.toolCalls, call.Name)
	raw, err := wanted.call(ctx, step, allowed.arguments)
	var failed *node.Error
	switch {
	case err == nil:
		return allowed.note + readable(raw), nil
	case !errors.As(err, &failed) || wanted.fatal(failed):
		return "", err
	}
	return "error: " + failed.Message, nil
}

// finish takes the answer that the model gives by a tool.
func (t *talk) finish(by tool, call model.ToolCall) (string, error) {
	out, problem := t.want.finished(json.RawMessage(call.Arguments))
	if problem == "" {
		t.answer = &answered{out, by.ends}
		return "finished", nil
	}
	return "error: the answer does not satisfy the schema: " + problem, t.repair(problem)
}

// choose finds the tool that a call means, or says why the call is not made.
func (b toolbox) choose(call model.ToolCall) (wanted tool, problem string) {
	i := slices.IndexFunc(b, func(t tool) bool { return t.Name == call.Name })
	if i < 0 {
		return tool{}, fmt.Sprintf("there is no tool %q", call.Name)
	}
	raw := []byte(call.Arguments)
	if err := strictjson.Check(raw, strictjson.Stored); err != nil {
		return tool{}, "the arguments are not JSON: " + err.Error()
	}
	if problems := b[i].arguments.Check(raw); len(problems) > 0 {
		return tool{}, "the arguments do not fit: " + list(problems)
	}
	return b[i], ""
}

// fatal are the failures that are not the model's to work around. That an agent
// which was called has reached a limit of its own is.
func (t tool) fatal(e *node.Error) bool {
	if e.Code == run.LimitExceeded && t.agent {
		return false
	}
	return e.Permanent && slices.Contains([]run.ErrorCode{run.EgressBlocked, run.SecretMissing, run.LimitExceeded}, e.Code)
}

// maxToolText is how much of a tool's output a model gets to read, in bytes.
const maxToolText = 256 << 10

// readable is a tool's output as the model reads it.
func readable(raw json.RawMessage) string {
	text := string(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "" {
		text = s
	}
	if len(text) > maxToolText {
		return strictjson.StorableText(text[:maxToolText]) + "… (cut)"
	}
	return text
}
