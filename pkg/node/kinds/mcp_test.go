package kinds_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/run"
)

type spoken struct {
	Text string `json:"text"`
}

// parrot is an MCP server whose tool says what it was told, and with which key
// it was opened.
func parrot() http.HandlerFunc {
	s := mcp.NewServer(&mcp.Implementation{Name: "parrot", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "say"}, func(_ context.Context, r *mcp.CallToolRequest, in spoken) (*mcp.CallToolResult, any, error) {
		key := r.Extra.Header.Get("Authorization")
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.Text + " " + key}}, StructuredContent: map[string]any{key: in.Text}}, nil, nil
	})
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil).ServeHTTP
}

// foreign is a node whose env.API is a server of somebody else.
func foreign(t *testing.T, kind, config string, h http.HandlerFunc) *nodetest.Bench {
	t.Helper()
	b := bench(kind, config)
	var api string
	api, b.HTTP = server(t, h)
	b.Scope["env"] = map[string]any{"API": api}
	b.Secrets = map[string]string{"KEY": "open-sesame"}
	return b
}

func TestAnMCPToolGetsItsArgumentsAndItsKeyIsHidden(t *testing.T) {
	t.Parallel()
	b := foreign(t, "mcp", `{"server":{"url":"{{ env.API }}","headers":{"Authorization":"Bearer {{ secrets.KEY }}"}},"tool":"say","arguments":{"text":"{{ message }}"}}`, parrot())
	got, err := b.Run(t.Context(), "n")
	want := map[string]any{
		"text": "disk full Bearer [secret]", "attachments": []any{}, "structured": map[string]any{"Bearer [secret]": "disk full"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestACallableMCPToolTakesTheArgumentsOfItsCall(t *testing.T) {
	t.Parallel()
	b := foreign(t, "mcp", `{"server":{"url":"{{ env.API }}"},"tool":"say"}`, parrot())
	b.Scope["args"] = map[string]any{"text": "called"}
	got, err := b.Run(t.Context(), "n")
	if err != nil || got.(map[string]any)["text"] != "called " {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestArgumentsThatAnMCPToolRefusesFailTheNodeWithItsText(t *testing.T) {
	t.Parallel()
	b := foreign(t, "mcp", `{"server":{"url":"{{ env.API }}"},"tool":"say","arguments":{"text":7}}`, parrot())
	_, err := b.Run(t.Context(), "n")
	e := node.Failed(err)
	if e.Code != run.NodeFailed || !e.Permanent || e.Unknown || !strings.Contains(e.Message, "text") || !strings.Contains(e.Message, "string") {
		t.Errorf("got %+v", e)
	}
}

func TestWhatSomebodyElseDoesIsNotRepeatedUnlessTheAuthorSaysSo(t *testing.T) {
	t.Parallel()
	all := node.NewRegistry(kinds.All()...)
	for kind, config := range map[string]string{
		"mcp":    `{"server":{"url":"https://x"},"tool":"say"}`,
		"remote": `{"runtime":{"url":"https://x"},"node":"say"}`,
	} {
		if got := all[kind].Traits(nodeOf("n", kind, config)).Repeat; got != graph.RepeatNever {
			t.Errorf("%s: %s", kind, got)
		}
		config = strings.TrimSuffix(config, "}") + `,"idempotent":true}`
		if got := all[kind].Traits(nodeOf("n", kind, config)).Repeat; got != graph.RepeatSafe {
			t.Errorf("%s: %s", config, got)
		}
	}
}

func TestASecretWithALineBreakOpensNoServer(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]string{
		"mcp":    `{"server":{"url":"{{ env.API }}","headers":{"X-Key":"{{ secrets.KEY }}"}},"tool":"say"}`,
		"remote": `{"runtime":{"url":"{{ env.API }}","headers":{"X-Key":"{{ secrets.KEY }}"}},"node":"say"}`,
	} {
		b := foreign(t, kind, config, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the server was called", kind) })
		b.Secrets["KEY"] = "a\r\nX-Other: b"
		if _, err := b.Run(t.Context(), "n"); node.Failed(err).Code != run.EgressBlocked {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
