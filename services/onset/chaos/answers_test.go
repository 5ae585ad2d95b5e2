package chaos

import (
	"encoding/json"
	"fmt"
	"time"
)

// turns is how many times the model is asked until it is done; in all turns but
// the last it wants the tool "look".
const turns = 5

// marathonTurns is that for the model "marathon".
const marathonTurns = 26

// told is the text that the tool is called with.
func told(body []byte) string {
	var in struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(body, &in) // the graphs are ours
	return in.Text
}

// tool says what it heard, so that a result shows what it was made of.
func (s *sink) tool(body []byte) any { return map[string]string{"heard": told(body)} }

// model is an OpenAI-compatible server that calls a tool in all turns but the last,
// and then answers.
func (s *sink) model(body []byte) any {
	var in struct {
		Model    string
		Messages []struct{ Role string }
	}
	_ = json.Unmarshal(body, &in)
	turn := 1
	for _, m := range in.Messages {
		if m.Role == "assistant" {
			turn++
		}
	}
	last := turns
	if in.Model == "marathon" {
		last = marathonTurns
	}
	message, reason := map[string]any{"role": "assistant", "content": fmt.Sprintf("done in %d turns", turn)}, "stop"
	if turn < last {
		message, reason = map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
			"id": fmt.Sprintf("call_%d", turn), "type": "function",
			"function": map[string]any{"name": "look", "arguments": fmt.Sprintf(`{"page": "%d"}`, turn)},
		}}}, "tool_calls"
	}
	return map[string]any{
		"id": fmt.Sprintf("answer_%d", turn), "object": "chat.completion", "created": time.Now().Unix(), "model": in.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": reason}},
		"usage":   map[string]int{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
	}
}
