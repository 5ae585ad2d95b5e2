package mcp

import (
	"context"
	"encoding/json"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Call is one call of a tool.
type Call struct {
	Tool      string
	Arguments map[string]any
	// Key is sent as the header Idempotency-Key.
	Key string
}

// Result is what a tool answered.
type Result struct {
	// Text is all text of the answer, its parts on lines of their own.
	Text string
	// Structured is the answer as JSON, nil when the tool gives none. Its
	// numbers have the digits of a float64.
	Structured any
	// Attachments are images, sounds and links, as the protocol writes them.
	Attachments []any
	// Refused says that the tool calls its answer an error. It is often the
	// arguments', and Text says what is wrong with them.
	Refused bool
}

// Call calls a tool. Its errors are those of a visit; a *node.Error says with
// Unknown that the tool may have done its work.
func (s Server) Call(ctx context.Context, c Call) (Result, error) {
	var out Result
	err := s.visit(ctx, c.Key, func(ctx context.Context, v *sdk.ClientSession) error {
		answer, err := v.CallTool(context.WithValue(ctx, calling{}, true), &sdk.CallToolParams{Name: c.Tool, Arguments: c.Arguments})
		if err != nil {
			return err
		}
		if answer.NeedsInput() {
			return node.Permanent(run.NodeFailed, "the tool "+c.Tool+" asks for a person's input, which is not passed on")
		}
		out, err = result(answer)
		return err
	})
	return out, err
}

func result(answer *sdk.CallToolResult) (Result, error) {
	r := Result{Structured: answer.StructuredContent, Attachments: []any{}, Refused: answer.IsError}
	var text []string
	for _, part := range answer.Content {
		if t, ok := part.(*sdk.TextContent); ok {
			text = append(text, t.Text)
			continue
		}
		raw, err := json.Marshal(part)
		if err != nil {
			return r, err
		}
		attachment, err := strictjson.Value(raw)
		if err != nil {
			return r, err
		}
		r.Attachments = append(r.Attachments, attachment)
	}
	r.Text = strings.Join(text, "\n")
	return r, nil
}
