package model

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

var _ Chat = Echo{}

// Echo is onset/echo, the model that needs no account. It keeps nothing
// between calls: the same conversation always gets the same answer.
//
// It is scripted by lines that begin with a directive:
//
//	@call <tool> <json>   asks for the tool
//	@say <text>           answers the text
//	@json <json>          answers the JSON
//	@fail <status> <text> fails as a provider would
//	@sleep <duration>     takes its time first
//	@tokens <in> <out>    costs that much
//
// The script of the system prompt runs first, one answer per turn: the number
// of assistant messages in the conversation tells which is next. @sleep and
// @tokens belong to the answer that follows them. When the script is through,
// the last user or tool message is obeyed as a whole; a message without
// directives makes Echo repeat the last user message, or with a schema answer
// the smallest value that satisfies it. A line that is no proper directive is
// ordinary text.
type Echo struct{}

// Complete never fails but by @fail and by the end of ctx.
func (Echo) Complete(ctx context.Context, r Request) (Response, error) {
	p := next(r.Messages)
	if p.sleep > 0 {
		timer := time.NewTimer(p.sleep)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return Response{}, ctx.Err()
		}
	}
	if p.fail != nil {
		return Response{}, p.fail
	}
	m := Message{Role: Assistant, Content: strings.Join(p.texts, "\n"), Calls: p.calls}
	if !p.answers() {
		m.Content = unscripted(r)
	}
	number(m.Calls, r.Messages)
	if r.Said != nil {
		for piece := range strings.SplitAfterSeq(m.Content, " ") {
			r.Said(piece)
		}
	}
	usage := run.Usage{ModelCalls: 1, InputTokens: words(r.Messages...), OutputTokens: words(m)}
	if p.tokens != nil {
		usage.InputTokens, usage.OutputTokens = p.tokens[0], p.tokens[1]
	}
	return Response{Message: m, Usage: usage}, nil
}

// next is the part of the script that this turn plays.
func next(conversation []Message) part {
	var script []part
	turn, last := 0, ""
	for _, m := range conversation {
		switch m.Role {
		case System:
			script = append(script, byAnswer(m.Content)...)
		case Assistant:
			turn++
		case User, FromTool:
			last = m.Content
		}
	}
	if turn < len(script) {
		return script[turn]
	}
	return whole(last)
}

// unscripted is the answer to a message that has no directives.
func unscripted(r Request) string {
	message := ""
	for _, m := range r.Messages {
		if m.Role == User {
			message = m.Content
		}
	}
	if len(r.Schema) == 0 {
		return message
	}
	raw, err := json.Marshal(smallest(r.Schema, message))
	if err != nil {
		return message
	}
	return string(raw)
}

// number gives calls the ids call_1, call_2 … over the whole conversation.
func number(calls []ToolCall, conversation []Message) {
	n := 0
	for _, m := range conversation {
		n += len(m.Calls)
	}
	for i := range calls {
		calls[i].ID = fmt.Sprintf("call_%d", n+i+1)
	}
}

// words is Echo's measure of tokens.
func words(messages ...Message) int {
	n := 0
	for _, m := range messages {
		n += len(strings.Fields(m.Content))
		for _, c := range m.Calls {
			n += 1 + len(strings.Fields(c.Arguments))
		}
	}
	return n
}
