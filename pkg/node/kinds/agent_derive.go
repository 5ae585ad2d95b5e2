package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

// derive asks the model for the variables that the node's capture describes, in
// one question behind the conversation. What the conversation does not say is
// null: a guess would look like a fact to the rest of the graph.
func (t *talk) derive(ctx context.Context) error {
	described := map[string]string{}
	for name, c := range t.in.Node.Capture {
		if c.Describe != "" {
			described[name] = c.Describe
		}
	}
	if len(described) == 0 {
		return nil
	}
	values, err := t.derived(ctx, described)
	if err != nil {
		return err
	}
	_, err = t.in.Step(ctx, node.Derived, func(context.Context) (node.Result, error) {
		return node.Result{Value: values}, nil
	})
	return err
}

func (t *talk) derived(ctx context.Context, described map[string]string) (any, error) {
	want, err := newFormat(schemaOf(described))
	if err != nil {
		return nil, err
	}
	messages := append(slices.Clone(t.messages), model.Message{Role: model.User, Content: "Extract from this conversation: " +
		string(want.raw) + "\nAnswer with that JSON alone. What the conversation does not say is null."})
	for n := 1; ; n++ {
		reply, err := t.question(ctx, fmt.Sprintf("model:derive:%d", n), model.Request{Messages: messages, Schema: want.raw})
		if err != nil {
			return nil, err
		}
		values, problem := want.read(reply.Content)
		if problem == "" {
			return values, nil
		}
		if n > t.c.repairs() {
			return nil, node.Permanent(run.NodeFailed, "the captured variables could not be derived: "+problem)
		}
		messages = append(messages, reply, model.Message{Role: model.User, Content: "This does not fit: " + problem})
	}
}

// schemaOf is what the model shall answer: each variable, or null.
func schemaOf(described map[string]string) json.RawMessage {
	properties := map[string]any{}
	for name, description := range described {
		properties[name] = map[string]any{
			"description": description, "type": []string{"string", "number", "boolean", "object", "array", "null"},
		}
	}
	raw, err := json.Marshal(map[string]any{
		"type": "object", "properties": properties, "required": slices.Sorted(maps.Keys(described)), "additionalProperties": false,
	})
	if err != nil {
		panic("kinds: strings that are no JSON: " + err.Error()) // there are none
	}
	return raw
}
