package kinds

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
)

// What an agent may be offered beside the nodes of its graph.
const (
	// finish ends the agent with an answer, where a model would talk on.
	finish = "finish"
	// endGraph ends the agent with an answer and the whole run with it.
	endGraph = "end_graph"
	// tellProgress tells the run's reader something while the agent goes on.
	tellProgress = "progress"
)

var builtins = []string{finish, endGraph, tellProgress}

func checkBuiltin(n graph.Node, t agentTool, wrong func(code, message string)) {
	switch {
	case !slices.Contains(builtins, t.Builtin):
		wrong(invalid, fmt.Sprintf("%.100q is not built in: %s", t.Builtin, strings.Join(builtins, ", ")))
	case t.Builtin == endGraph && n.Callable:
		wrong(invalid, "an agent that is called cannot end the graph: offer it finish")
	}
}

func openBuiltin(in *node.Input, want agentTool) (tool, error) {
	switch want.Builtin {
	case finish:
		t, err := newTool(model.Tool{Name: finish, Description: "Finish your work with its answer.", Parameters: answerParameters(in.Node)})
		t.final = true
		return t, err
	case endGraph:
		t, err := newTool(model.Tool{Name: endGraph, Description: "Stop the whole workflow at once, with the answer of your work.", Parameters: answerParameters(in.Node)})
		t.final, t.ends = true, true
		return t, err
	}
	t, err := newTool(model.Tool{Name: tellProgress, Description: "Tell the user what you are doing, in one short sentence.", Parameters: progressParameters})
	t.call = func(ctx context.Context, step string, arguments json.RawMessage) (json.RawMessage, error) {
		return in.Step(ctx, step, func(context.Context) (node.Result, error) {
			var said struct{ Message string }
			if err := json.Unmarshal(arguments, &said); err != nil {
				return node.Result{}, err
			}
			in.Log("info", said.Message)
			return node.Result{Value: "told"}, nil
		})
	}
	return t, err
}

var progressParameters = json.RawMessage(`{"type":"object","properties":{"message":{"type":"string","minLength":1,"maxLength":500}},"required":["message"],"additionalProperties":false}`)

// answerParameters are those of a tool that takes the agent's answer. A schema
// that refers to its own parts means something else inside another one: the
// model is shown none then, and the answer is checked all the same.
func answerParameters(n graph.Node) json.RawMessage {
	answer := json.RawMessage(`{"type":"string"}`)
	if c, err := decoded[agentConfig](n); err == nil && given(c.OutputSchema) {
		answer = c.OutputSchema
		if bytes.Contains(answer, []byte(`"$`)) {
			answer = json.RawMessage(`{}`)
		}
	}
	return slices.Concat([]byte(`{"type":"object","properties":{"answer":`), answer, []byte(`},"required":["answer"],"additionalProperties":false}`))
}

// finished reads the answer out of the arguments of a final tool, or says what
// is wrong with it.
func (f format) finished(arguments json.RawMessage) (out any, problem string) {
	var given struct{ Answer json.RawMessage }
	if err := json.Unmarshal(arguments, &given); err != nil {
		return nil, "the arguments are not JSON"
	}
	if f.schema != nil {
		return f.read(string(given.Answer))
	}
	var text string
	if err := json.Unmarshal(given.Answer, &text); err != nil {
		return nil, "the answer is no text"
	}
	return text, ""
}
