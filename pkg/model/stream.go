package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// errBrokenOff is an answer whose last piece never came.
var errBrokenOff = errors.New("the answer of the model's server broke off")

// stream asks for the answer piece by piece and puts it together.
func (o OpenAI) stream(ctx context.Context, c *openai.Client, w *wire, r Request) (openai.ChatCompletionResponse, error) {
	q := o.request(r)
	q.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	s, err := c.CreateChatCompletionStream(ctx, q)
	if err != nil {
		return openai.ChatCompletionResponse{}, err
	}
	defer func() { _ = s.Close() }()
	whole := assembly{ended: w.whole}
	for {
		piece, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return whole.answer()
		}
		if err != nil {
			return openai.ChatCompletionResponse{}, err
		}
		if err := whole.add(piece, r.Said); err != nil {
			return openai.ChatCompletionResponse{}, err
		}
	}
}

// assembly is an answer of which some pieces have come.
type assembly struct {
	id      string
	usage   openai.Usage
	text    strings.Builder
	refusal strings.Builder
	calls   []openai.ToolCall
	finish  openai.FinishReason
	size    int
	chosen  bool
	// ended says that nothing is missing.
	ended bool
}

// add takes one piece. Only the first of several choices is read.
func (a *assembly) add(piece openai.ChatCompletionStreamResponse, said func(string)) error {
	if piece.ID != "" {
		a.id = piece.ID
	}
	if piece.Usage != nil {
		a.usage = *piece.Usage
	}
	for _, choice := range piece.Choices {
		if choice.Index != 0 {
			continue
		}
		a.chosen = true
		if a.size += len(choice.Delta.Content) + len(choice.Delta.Refusal); a.size > maxAnswer {
			return errAnswerTooLarge
		}
		a.text.WriteString(choice.Delta.Content)
		a.refusal.WriteString(choice.Delta.Refusal)
		if choice.Delta.Content != "" {
			said(choice.Delta.Content)
		}
		for _, c := range choice.Delta.ToolCalls {
			if err := a.call(c); err != nil {
				return err
			}
		}
		if choice.FinishReason != "" && choice.FinishReason != openai.FinishReasonNull {
			a.finish, a.ended = choice.FinishReason, true
		}
	}
	return nil
}

// maxCalls is how many calls of tools in one answer are read. It is far beyond
// what an agent may make, so it ends before it misses the rest.
const maxCalls = 1024

// call takes a piece of a call of a tool: the first has its name, the later ones
// carry on with its arguments. A server that does not number them sends them
// whole.
func (a *assembly) call(c openai.ToolCall) error {
	at := len(a.calls)
	if c.Index != nil {
		at = *c.Index
	}
	if at < 0 || at >= maxCalls {
		return nil
	}
	for at >= len(a.calls) {
		a.calls = append(a.calls, openai.ToolCall{})
	}
	if a.size += len(c.ID) + len(c.Function.Name) + len(c.Function.Arguments); a.size > maxAnswer {
		return errAnswerTooLarge
	}
	into := &a.calls[at]
	if into.ID == "" {
		into.ID = c.ID
	}
	into.Function.Name += c.Function.Name
	into.Function.Arguments += c.Function.Arguments
	return nil
}

func (a *assembly) answer() (openai.ChatCompletionResponse, error) {
	if !a.ended {
		return openai.ChatCompletionResponse{}, errBrokenOff
	}
	r := openai.ChatCompletionResponse{ID: a.id, Usage: a.usage}
	if a.chosen {
		r.Choices = []openai.ChatCompletionChoice{{FinishReason: a.finish, Message: openai.ChatCompletionMessage{
			Content: a.text.String(), Refusal: a.refusal.String(), ToolCalls: a.calls,
		}}}
	}
	return r, nil
}

func isStream(r *http.Response) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "text/event-stream"
}

// asStream makes a stream of one piece of an answer that came whole: some
// servers do not stream, and say so by not doing it.
func asStream(body io.ReadCloser) (io.ReadCloser, error) {
	defer func() { _ = body.Close() }()
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	var answer map[string]json.RawMessage
	var choices []map[string]json.RawMessage
	if json.Unmarshal(raw, &answer) != nil || json.Unmarshal(answer["choices"], &choices) != nil {
		return io.NopCloser(strings.NewReader("data: \n\n")), nil // which is no piece of an answer either
	}
	for _, c := range choices {
		c["delta"] = c["message"]
		delete(c, "message")
	}
	if answer["choices"], err = json.Marshal(choices); err != nil {
		return nil, err
	}
	piece, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(append(append([]byte("data: "), piece...), "\n\ndata: [DONE]\n\n"...))), nil
}
