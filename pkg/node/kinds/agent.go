package kinds

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/schema"
)

var _ node.Kind = Agent{}

// Agent asks a model, lets it call tools, and goes on until it answers. Every
// question and every tool call is a step of its own in the journal, so that an
// agent that was interrupted walks the same way again and asks only for what
// the journal lacks.
//
// The output is the answer's text, or with output_schema the JSON value. What
// strangers wrote reaches the model as the user's message or a tool's; only the
// author writes the system prompt. That makes it harder to talk a model into
// something, not impossible: what an agent may do is bounded by its tools.
type Agent struct{}

type agentConfig struct {
	Model  string `json:"model"`
	Prompt string `json:"prompt"`
	// Input is the user's message; {{ message }} when it is left out.
	Input       json.RawMessage `json:"input"`
	Temperature *float64        `json:"temperature"`
	MaxTokens   int             `json:"max_tokens"`
	// MaxTurns bounds the questions to the model, repairs included, and
	// MaxToolCalls the calls of tools; 0 is 8.
	MaxTurns     int             `json:"max_turns"`
	MaxToolCalls int             `json:"max_tool_calls"`
	Tools        []agentTool     `json:"tools"`
	OutputSchema json.RawMessage `json:"output_schema"`
	// Repairs is how often an answer that does not fit the schema may be
	// corrected; 1 when it is left out.
	Repairs *int `json:"repairs"`
}

type agentTool struct {
	Node string `json:"node"`
}

const (
	defaultTurns     = 8
	defaultToolCalls = 8
	defaultRepairs   = 1
)

func (c agentConfig) turns() int     { return cmp.Or(c.MaxTurns, defaultTurns) }
func (c agentConfig) toolCalls() int { return cmp.Or(c.MaxToolCalls, defaultToolCalls) }

func (c agentConfig) repairs() int {
	if c.Repairs == nil {
		return defaultRepairs
	}
	return *c.Repairs
}

func (Agent) Name() string { return "agent" }

func (Agent) Check(n graph.Node, g graph.Graph) []fault.Detail {
	c, details := checked[agentConfig](n)
	details = slices.DeleteFunc(details, func(d fault.Detail) bool { // braces in a pattern are no template
		return d.Code == badTemplate && strings.HasPrefix(d.Path, "config.output_schema")
	})
	wrong := func(field, code, format string, args ...any) {
		details = append(details, fault.Detail{Path: "config." + field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if c.Model == "" {
		wrong("model", invalid, "an agent needs a model, %q for one", "onset/echo")
	}
	if c.Temperature != nil && (*c.Temperature < 0 || *c.Temperature > 2) {
		wrong("temperature", invalid, "temperature is between 0 and 2")
	}
	for _, limit := range []struct {
		field      string
		value, max int
	}{{"max_tokens", c.MaxTokens, 1 << 20}, {"max_turns", c.MaxTurns, 100}, {"max_tool_calls", c.MaxToolCalls, 100}, {"repairs", c.repairs(), 5}} {
		if limit.value < 0 || limit.value > limit.max {
			wrong(limit.field, invalid, "%s is at most %d", limit.field, limit.max)
		}
	}
	if given(c.OutputSchema) {
		if _, err := schema.Compile(c.OutputSchema); err != nil {
			wrong("output_schema", badSchema, "%v", err)
		}
	}
	return append(details, checkTools(n, c.Tools, g)...)
}

func (Agent) Traits(graph.Node) node.Traits {
	return node.Traits{Timeout: 10 * time.Minute, Repeat: graph.RepeatSafe, Retries: retries}
}

func (Agent) Run(ctx context.Context, in *node.Input) (any, error) {
	hide := newRedactor(in.Secrets)
	c, err := decoded[agentConfig](in.Node)
	if err != nil {
		return nil, err
	}
	t, err := begin(ctx, in, c)
	if err != nil {
		return nil, hide.failure(err)
	}
	out, err := t.run(ctx)
	if err != nil {
		return nil, hide.failure(err)
	}
	return out, nil
}
