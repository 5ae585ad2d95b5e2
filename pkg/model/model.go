// Package model is the one seam to language models: a conversation goes in, the
// next message comes out.
package model

import (
	"context"
	"encoding/json"
	"time"

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

// Error is a provider's refusal.
type Error struct {
	Status  int // HTTP status; 0 when no answer came
	Message string
	// After is how long the provider asked to wait.
	After time.Duration
	// Cause is what kept the answer from coming, when Status is 0.
	Cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Retryable says whether the same call could succeed later: 408, 409, 429 and
// 5xx, or no answer at all.
func (e *Error) Retryable() bool {
	return e.Status == 0 || e.Status == 408 || e.Status == 409 || e.Status == 429 || e.Status >= 500
}
