package kinds_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/run"
)

// aviary is an MCP server with tools of several birds. It counts how often they
// are called and listed.
type aviary struct {
	*mcp.Server
	called, listed atomic.Int64
}

func newAviary() *aviary {
	a := &aviary{Server: mcp.NewServer(&mcp.Implementation{Name: "aviary", Version: "1"}, nil)}
	for _, name := range []string{"bird.parrot", "bird.crow", "bird.owl"} {
		mcp.AddTool(a.Server, &mcp.Tool{Name: name, Description: "open-sesame " + strings.Repeat("x", 5000)}, func(_ context.Context, _ *mcp.CallToolRequest, in spoken) (*mcp.CallToolResult, any, error) {
			a.called.Add(1)
			if in.Text == "nothing" {
				return nil, nil, fmt.Errorf("a bird says something")
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text}}}, nil, nil
		})
	}
	a.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, r mcp.Request) (mcp.Result, error) {
			if method == "tools/list" {
				a.listed.Add(1)
			}
			return next(ctx, method, r)
		}
	})
	return a
}

func (a *aviary) handler() http.HandlerFunc {
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return a.Server }, nil).ServeHTTP
}

// keeper is an agent that may use two of the birds; onset/echo obeys the lines.
func keeper(t *testing.T, a *aviary, lines ...string) *nodetest.Bench {
	t.Helper()
	prompt, err := json.Marshal(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return foreign(t, "agent", `{"model":"onset/echo","prompt":`+string(prompt)+`,"tools":[{"mcp":{"url":"{{ env.API }}"},"allow":["bird.parrot","bird.crow"],"idempotent":["bird.crow"]}]}`, a.handler())
}

func TestAnAgentUsesTheAllowedToolsOfAServer(t *testing.T) {
	t.Parallel()
	a := newAviary()
	b := keeper(t, a, `@call bird_parrot {"text":"hello"}`, `@say done`)
	got, err := b.Run(t.Context(), "n")
	if err != nil || got != "done" || a.called.Load() != 1 {
		t.Errorf("got %v, %v, with %d calls", got, err, a.called.Load())
	}
	if want := []string{"tools:1", "model:1", "tool:1:bird_parrot", "model:2"}; !slices.Equal(b.Done, want) {
		t.Errorf("did %v", b.Done)
	}
	if list := string(b.Journal["tools:1"]); strings.Contains(list, "owl") || strings.Contains(list, "open-sesame") || len(list) > 3500 {
		t.Errorf("the model is offered %s", list)
	}
	if answer := string(b.Journal["tool:1:bird_parrot"]); !strings.Contains(answer, `"text":"hello"`) {
		t.Errorf("the tool answered %s", answer)
	}
}

func TestWhatIsNotAllowedOrDoesNotFitReachesNoServer(t *testing.T) {
	t.Parallel()
	a := newAviary()
	b := keeper(t, a, `@call bird_owl {"text":"hello"}`, `@call bird.parrot {"text":"hello"}`, `@call bird_parrot {"text":7}`, `@call bird_parrot {}`,
		`@call bird_parrot {"text":"hello","volume":11}`, `@call bird_parrot [`, `@say done`)
	if got, err := b.Run(t.Context(), "n"); err != nil || got != "done" || a.called.Load() != 0 {
		t.Errorf("got %v, %v, with %d calls", got, err, a.called.Load())
	}
}

func TestWhatAToolOfAServerRefusesIsToldToTheModel(t *testing.T) {
	t.Parallel()
	a := newAviary()
	b := keeper(t, a, `@call bird_crow {"text":"nothing"}`, `@call bird_crow {"text":"something"}`, `@say done`)
	if got, err := b.Run(t.Context(), "n"); err != nil || got != "done" || a.called.Load() != 2 {
		t.Errorf("got %v, %v, with %d calls", got, err, a.called.Load())
	}
}

func TestAServerThatChangesItsToolsChangesNothingForAnAgentAtWork(t *testing.T) {
	t.Parallel()
	a := newAviary()
	b := keeper(t, a, `@call bird_parrot {"text":"hello"}`, `@call bird_parrot {"text":"hello"}`, `@say done`)
	b.CrashAt = 3 // behind the first call
	if _, err := b.Run(t.Context(), "n"); err == nil {
		t.Fatal("the worker did not die")
	}
	a.RemoveTools("bird.parrot")
	got, err := b.Run(t.Context(), "n")
	if err != nil || got != "done" || a.listed.Load() != 1 {
		t.Errorf("got %v, %v, after %d listings", got, err, a.listed.Load())
	}
}

func TestAToolThatTheServerDoesNotOfferIsNamed(t *testing.T) {
	t.Parallel()
	a := newAviary()
	a.RemoveTools("bird.crow")
	_, err := keeper(t, a).Run(t.Context(), "n")
	if e := node.Failed(err); !e.Permanent || !strings.Contains(e.Message, `no tool "bird.crow"; it offers bird.owl, bird.parrot`) {
		t.Errorf("got %+v", e)
	}
}

func TestToolsThatNoModelShouldReadEndTheAgent(t *testing.T) {
	t.Parallel()
	endless := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{"a": {Ref: "#"}}}
	for name, c := range map[string]struct {
		schema any
		code   run.ErrorCode
		text   string
	}{
		"a schema without an end":    {endless, run.NodeFailed, "refers to itself"},
		"a schema from elsewhere":    {json.RawMessage(`{"type":"object","properties":{"a":{"$ref":"http://169.254.169.254/"}}}`), run.NodeFailed, "only references into itself"},
		"a schema that is too large": {json.RawMessage(`{"type":"object","description":"` + strings.Repeat("x", 100_000) + `"}`), run.NodeFailed, "longer than"},
		"more than a model can read": {json.RawMessage(`{"type":"object","description":"` + strings.Repeat("x", 300_000) + `"}`), run.LimitExceeded, "at most 262144"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAviary()
			a.Server.AddTool(&mcp.Tool{Name: "bird.crow", InputSchema: c.schema}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil })
			_, err := keeper(t, a).Run(t.Context(), "n")
			if e := node.Failed(err); e.Code != c.code || !e.Permanent || !strings.Contains(e.Message, c.text) {
				t.Errorf("got %+v", e)
			}
		})
	}
}
