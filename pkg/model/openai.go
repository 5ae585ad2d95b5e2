package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

var _ Chat = OpenAI{}

// OpenAI is a model behind a server that speaks OpenAI's chat completions.
type OpenAI struct {
	BaseURL string
	Key     string // empty for a server that wants none
	Model   string
	// USDPerMTok is the price of a million tokens: in, out.
	USDPerMTok [2]float64
	// Whole asks for answers in one piece, of a server that cannot stream.
	Whole bool
	HTTP  *http.Client
}

// Complete asks once. What the server refuses is an *Error; when ctx ends
// first, its error is returned.
func (o OpenAI) Complete(ctx context.Context, r Request) (Response, error) {
	w := &wire{client: o.HTTP, headers: r.Headers, key: o.Key, streams: r.Said != nil && !o.Whole}
	config := openai.DefaultConfig(o.Key)
	config.BaseURL, config.HTTPClient = o.BaseURL, w

	answer, err := o.ask(ctx, openai.NewClientWithConfig(config), w, r)
	if ctx.Err() != nil {
		return Response{}, ctx.Err()
	}
	if err != nil {
		return Response{}, w.refusal(err)
	}
	return o.response(r, answer)
}

func (o OpenAI) ask(ctx context.Context, c *openai.Client, w *wire, r Request) (openai.ChatCompletionResponse, error) {
	if w.streams {
		return o.stream(ctx, c, w, r)
	}
	return c.CreateChatCompletion(ctx, o.request(r))
}

func (o OpenAI) request(r Request) openai.ChatCompletionRequest {
	q := openai.ChatCompletionRequest{Model: o.Model, MaxTokens: r.MaxTokens}
	for _, m := range r.Messages {
		q.Messages = append(q.Messages, outgoing(m))
	}
	for _, t := range r.Tools {
		q.Tools = append(q.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
			Name: t.Name, Description: t.Description, Parameters: t.Parameters,
		}})
	}
	if r.Temperature != nil {
		// The library leaves a zero out, which would mean the server's default.
		q.Temperature = max(float32(*r.Temperature), math.SmallestNonzeroFloat32)
	}
	if len(r.Schema) > 0 {
		q.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: r.Schema},
		}
	}
	// Reasoning models take the same limit under another name; older servers
	// know only the first one.
	if errors.Is(openai.NewReasoningValidator().Validate(q), openai.ErrReasoningModelMaxTokensDeprecated) {
		//lint:ignore SA1019 the library deprecates the name that those older servers need
		q.MaxTokens, q.MaxCompletionTokens = 0, r.MaxTokens
	}
	return q
}

func outgoing(m Message) openai.ChatCompletionMessage {
	out := openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Content, ToolCallID: m.CallID}
	if m.Content == "" && m.Role != Assistant {
		out.Content = " " // the library leaves an empty content out, and servers refuse that
	}
	for _, c := range m.Calls {
		out.ToolCalls = append(out.ToolCalls, openai.ToolCall{
			ID: c.ID, Type: openai.ToolTypeFunction, Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments},
		})
	}
	return out
}

func (o OpenAI) response(r Request, answer openai.ChatCompletionResponse) (Response, error) {
	if len(answer.Choices) == 0 {
		return Response{}, &Error{Message: "the model's server answered nothing"}
	}
	choice := answer.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return Response{}, &Error{Status: http.StatusOK, Code: "refusal", Message: "the model refused: " + brief(choice.Message.Refusal)}
	case choice.FinishReason == openai.FinishReasonContentFilter:
		return Response{}, &Error{Status: http.StatusOK, Code: "content_filter", Message: "the model's server filtered the answer"}
	}
	m := Message{Role: Assistant, Content: strictjson.StorableText(choice.Message.Content)}
	for i, c := range choice.Message.ToolCalls {
		if c.ID == "" { // some servers number nothing
			c.ID = fmt.Sprintf("%s_%d", answer.ID, i+1)
		}
		m.Calls = append(m.Calls, ToolCall{ID: strictjson.StorableText(c.ID), Name: strictjson.StorableText(c.Function.Name), Arguments: strictjson.StorableText(c.Function.Arguments)})
	}
	in, out := counted(answer.Usage.PromptTokens), counted(answer.Usage.CompletionTokens)
	if answer.Usage == (openai.Usage{}) {
		// A server that counts nothing would pass every limit.
		in, out = Tokens(r), tokens(m)
	}
	// Sums of prices are JSON: they must not become infinite.
	usd := min((float64(in)*o.USDPerMTok[0]+float64(out)*o.USDPerMTok[1])/1e6, math.MaxFloat32)
	return Response{Message: m, Usage: run.Usage{ModelCalls: 1, InputTokens: in, OutputTokens: out, USD: usd}}, nil
}

// counted is a number of tokens that can be added up, whatever a server claims.
func counted(tokens int) int { return min(max(tokens, 0), math.MaxInt32) }

// refusal says what went wrong as the agent's author should read it.
func (w *wire) refusal(err error) error {
	if errors.Is(err, errAnswerTooLarge) {
		return &Error{Status: http.StatusOK, Message: errAnswerTooLarge.Error()}
	}
	var api *openai.APIError
	var other *openai.RequestError
	switch {
	case errors.As(err, &api):
		code := api.HTTPStatusCode
		if code == 0 { // it came in the middle of an answer
			code = statusOf(api.Type)
		}
		return &Error{Status: code, Code: codeOf(api), After: w.after, Message: status(code, w.hide(api.Message))}
	case errors.As(err, &other):
		return &Error{Status: other.HTTPStatusCode, After: w.after, Message: status(other.HTTPStatusCode, w.hide(string(other.Body)))}
	case errors.Is(err, errBrokenOff):
		return &Error{Message: err.Error()}
	case !w.asked: // the library refused the request itself
		return &Error{Status: http.StatusBadRequest, Message: err.Error()}
	case w.answered:
		return &Error{Message: "the model's server answered something that is no chat completion", Cause: err}
	}
	return &Error{Message: "the model's server cannot be reached: " + reason(err), Cause: err}
}

// codeOf is the provider's word for its refusal: its code, or the type that it
// stands for.
func codeOf(e *openai.APIError) string {
	if e.InnerError != nil && e.InnerError.Code != "" {
		return e.InnerError.Code
	}
	if code, ok := e.Code.(string); ok && code != "" {
		return code
	}
	return e.Type
}

// statusOf is the status of a refusal that has only a word.
func statusOf(word string) int {
	switch word {
	case "rate_limit_error", "rate_limit_exceeded", "requests", "tokens":
		return http.StatusTooManyRequests
	case "overloaded_error":
		return statusOverloaded
	case "invalid_request_error":
		return http.StatusBadRequest
	}
	return http.StatusBadGateway
}

func status(code int, text string) string {
	return fmt.Sprintf("the model's server answered %d: %s", code, brief(text))
}

// brief keeps a stranger's text short enough for an error message.
func brief(s string) string {
	const most = 500
	if r := []rune(strings.TrimSpace(strictjson.StorableText(s))); len(r) > most {
		return string(r[:most]) + "…"
	}
	return strings.TrimSpace(strictjson.StorableText(s))
}
