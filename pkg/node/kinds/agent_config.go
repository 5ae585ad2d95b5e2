package kinds

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/schema"
)

type agentConfig struct {
	Model string `json:"model"`
	// Fallbacks are asked in their order when the model before them does not
	// answer.
	Fallbacks []string `json:"fallbacks"`
	Prompt    string   `json:"prompt"`
	// Input is the user's message; {{ message }} when it is left out.
	Input json.RawMessage `json:"input"`
	// InputVars are the only session variables that the agent sees, and it is
	// told them; left out, its templates see all and it is told none.
	InputVars   []string `json:"input_vars"`
	Temperature *float64 `json:"temperature"`
	MaxTokens   int      `json:"max_tokens"`
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

const (
	defaultTurns     = 8
	defaultToolCalls = 8
	defaultRepairs   = 1
	maxFallbacks     = 4
	maxInputVars     = 100
)

func (c agentConfig) turns() int     { return cmp.Or(c.MaxTurns, defaultTurns) }
func (c agentConfig) toolCalls() int { return cmp.Or(c.MaxToolCalls, defaultToolCalls) }

func (c agentConfig) repairs() int {
	if c.Repairs == nil {
		return defaultRepairs
	}
	return *c.Repairs
}

// Check wants a model, limits that can be kept, and tools that exist.
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
	c.checkFallbacks(wrong)
	if c.Temperature != nil && (*c.Temperature < 0 || *c.Temperature > 2) {
		wrong("temperature", invalid, "temperature is between 0 and 2")
	}
	for _, limit := range []struct {
		field      string
		value, max int
	}{{"max_tokens", c.MaxTokens, 1 << 20}, {"max_turns", c.MaxTurns, 100}, {"max_tool_calls", c.MaxToolCalls, 100}, {"repairs", c.repairs(), 5}} {
		if limit.value < 0 || limit.value > limit.max {
			wrong(limit.field, invalid, "%s is between 0 and %d", limit.field, limit.max)
		}
	}
	if given(c.OutputSchema) {
		if _, err := schema.Compile(c.OutputSchema); err != nil {
			wrong("output_schema", badSchema, "%v", err)
		}
	}
	c.checkInputVars(n, wrong)
	return append(details, checkTools(n, c.Tools, g)...)
}

func (c agentConfig) checkFallbacks(wrong func(field, code, format string, args ...any)) {
	if len(c.Fallbacks) > maxFallbacks {
		wrong("fallbacks", invalid, "there are at most %d fallbacks", maxFallbacks)
	}
	for i, ref := range c.Fallbacks {
		at := fmt.Sprintf("fallbacks[%d]", i)
		switch {
		case ref == "":
			wrong(at, invalid, "a fallback names a model, like model does")
		case ref == c.Model || slices.Contains(c.Fallbacks[:i], ref):
			wrong(at, duplicateID, "%q is asked before it already", ref)
		}
	}
}

// checkInputVars finds templates that name a variable which the agent does not
// see: they would always be empty.
func (c agentConfig) checkInputVars(n graph.Node, wrong func(field, code, format string, args ...any)) {
	if c.InputVars == nil {
		return
	}
	if len(c.InputVars) > maxInputVars {
		wrong("input_vars", invalid, "there are at most %d input_vars", maxInputVars)
	}
	for i, name := range c.InputVars {
		if !variableName(name) {
			wrong(fmt.Sprintf("input_vars[%d]", i), invalid, "%.100q is no name of a variable", name)
		}
	}
	for _, name := range expr.TemplateNames(configOf(n), "vars") {
		if !slices.Contains(c.InputVars, name.Name) && !strings.HasPrefix(name.Path, "output_schema") {
			wrong(name.Path, invalid, "the agent does not see vars.%.100s: it is not among its input_vars", name.Name)
		}
	}
}
