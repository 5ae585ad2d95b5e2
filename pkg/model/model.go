// Package model is the one seam to language models: a conversation goes in, the
// next message comes out.
package model

import (
	"context"
	"encoding/json"

	"github.com/onsethq/onset/pkg/run"
)

// Chat answers a conversation.
type Chat interface {
	Complete(ctx context.Context, r Request) (Response, error)
}

// Request is one call of a model.
type Request struct {
	Messages    []Message
	Tools       []Tool
	Temperature *float64
	MaxTokens   int
	// Schema, when set, is the JSON schema the answer must satisfy.
	Schema json.RawMessage
	// Headers are sent with the call (Idempotency-Key, X-Run-Epoch,
	// X-Trigger-Depth).
	Headers map[string]string
	// Said, when set, is told each piece of the answer's text as it comes. What
	// the call returns is the whole all the same.
	Said func(text string)
}

// Message is one turn of a conversation.
type Message struct {
	Role    Role   `json:"role"`
	Content string `json:"content,omitempty"`
	// Calls are the tools that an assistant's message asks for; CallID is the
	// call that a tool's message answers.
	Calls  []ToolCall `json:"calls,omitempty"`
	CallID string     `json:"call_id,omitempty"`
}

// Role is who speaks.
type Role string

const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	FromTool  Role = "tool"
)

// Tool is what a model may call.
type Tool struct {
	Name        string
	Description string
	Parameters  json.RawMessage
}

// ToolCall is a model's wish to call a tool. Arguments are as the model wrote
// them: not yet known to be JSON.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Response is the assistant's next message and its price.
type Response struct {
	Message Message   `json:"message"`
	Usage   run.Usage `json:"usage"`
}
