package engine

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/run"
)

// Configs of nodes whose work others do; the server of each is in memory.
const (
	mcpConfig    = `{"server": {"url": "https://mcp.test"}, "tool": "work"`
	remoteConfig = `{"runtime": {"url": "https://runtime.test", "protocol": "json"}, "node": "work"`
	toolConfig   = `{"model": "onset/echo", "prompt": "@call work {}\n@say done", "tools": [{"mcp": {"url": "https://mcp.test"}, "allow": ["work"]}]}`
)

// agents are those that are drawn: one with a tool, one that asks a person
// before each call, and one that lets another agent do the work.
var agents = []string{
	toolConfig,
	strings.Replace(toolConfig, `"allow"`, `"approval": {"question": "May it?"}, "allow"`, 1),
	`{"model": "onset/echo", "prompt": "@call deputy {\"message\": \"go\"}\n@say done", "tools": [{"agent": "deputy"}]}`,
}

// deputy is the agent that others call.
var deputy = graph.Node{ID: "deputy", Kind: "child_agent", Callable: true, Config: json.RawMessage(toolConfig)}

// foreign says whether a kind's work is done by others: it must not repeat
// unless its author says that it may.
func foreign(kind string) bool { return slices.Contains([]string{"mcp", "remote", "callback"}, kind) }

// others are the servers, without a network between: they count effects by the
// key that came with them.
type others struct {
	*trial
	tools http.Handler
}

func newOthers(tr *trial) *http.Client {
	s := mcp.NewServer(&mcp.Implementation{Name: "others", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "work"}, func(_ context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, map[string]any, error) {
		tr.effect(r.Extra.Header.Get("Idempotency-Key"))
		return nil, map[string]any{"n": 1}, nil
	})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	return &http.Client{Transport: others{tr, handler}}
}

func (o others) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.URL.Host == "jobs.example" { // is told where to post
		return w.Result(), o.heard(r)
	}
	if r.URL.Host == "mcp.test" {
		plain := r.Clone(r.Context())
		plain.Header = http.Header{}
		for name, values := range r.Header {
			plain.Header[http.CanonicalHeaderKey(name)] = values
		}
		o.tools.ServeHTTP(w, plain)
		return w.Result(), nil
	}
	var asked struct{ IdempotencyKey string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return nil, err
	}
	o.effect(asked.IdempotencyKey)
	io.WriteString(w, `{"log":{"message":"working"}}{"result":{"output":{"n":1}}}`)
	return w.Result(), nil
}

// heard is a callback's call: it counts like any other, and says where to answer.
func (o others) heard(r *http.Request) error {
	address, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	o.mu.Lock()
	o.told[string(address)] = true
	o.mu.Unlock()
	for name, keys := range r.Header {
		if http.CanonicalHeaderKey(name) == "Idempotency-Key" {
			o.effect(keys[0])
		}
	}
	return nil
}

// never says whether a key is that of a call which must not be made twice.
func (tr *trial) never(key string) bool {
	if strings.HasSuffix(key, "/tool:1:work") { // of an agent, or of the one that it called
		return true
	}
	for _, n := range tr.graph.Nodes {
		s := run.Step{Node: n.ID}
		if n.Kind == "callback" {
			s.Call = "tool:1:call"
		}
		if !mayRepeat(n) && s.Key(trialRun.String()) == key {
			return true
		}
	}
	return false
}

// mayRepeat says whether a node's author lets it repeat.
func mayRepeat(n graph.Node) bool {
	if n.Retry != nil && n.Retry.Repeat == graph.RepeatNever {
		return false
	}
	return !foreign(n.Kind) || strings.Contains(string(n.Config), "idempotent")
}
