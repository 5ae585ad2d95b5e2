package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// shy is a server of somebody else that begins what it is asked and never
// answers: an MCP server at /mcp, and a runtime.
type shy struct {
	*httptest.Server
	begun chan struct{}
	over  chan struct{}
	times atomic.Int64
}

func newShy(t *testing.T) *shy {
	t.Helper()
	s := &shy{begun: make(chan struct{}, 10), over: make(chan struct{})}
	tools := mcp.NewServer(&mcp.Implementation{Name: "shy", Version: "1"}, nil)
	mcp.AddTool(tools, &mcp.Tool{Name: "pay"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		s.begin()
		return nil, nil, nil
	})
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return tools }, &mcp.StreamableHTTPOptions{Stateless: true}))
	mux.HandleFunc("/onset.runtime.v1.AgentRuntime/ExecuteNode", func(http.ResponseWriter, *http.Request) { s.begin() })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		close(s.over)
		s.Close()
	})
	return s
}

func (s *shy) begin() {
	s.times.Add(1)
	s.begun <- struct{}{}
	<-s.over
}

// What somebody else was doing when the worker died is not done again: a person
// says what became of it.
func TestWorkOfOthersIsNotRepeatedAfterACrash(t *testing.T) {
	t.Parallel()
	for name, node := range map[string]string{
		"mcp":    `{kind: mcp, config: {server: {url: "{{ env.SHY }}/mcp"}, tool: pay}, capture: {paid: output.paid}}`,
		"remote": `{kind: remote, config: {runtime: {url: "{{ env.SHY }}", protocol: json}, node: pay}, capture: {paid: output.paid}}`,
		"agent": `{kind: agent, config: {model: onset/echo, prompt: "@call pay {}\n@say it is done", tools: [{mcp: {url: "{{ env.SHY }}/mcp"}, allow: [pay]}]},
		           capture: {paid: "output == 'it is done'"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newShy(t), install(t)
			allowed := "ONSET_EGRESS_ALLOW=" + strings.TrimPrefix(s.URL, "http://")
			p.start(t, allowed)
			p.ready(t)
			write(t, filepath.Join(p.folder, "pay.yaml"), "name: pay\nnodes: [{id: start, kind: start}, {id: pay, "+strings.TrimPrefix(node, "{")+", {id: end, kind: end}]\nedges: [{from: start, to: pay}, {from: pay, to: end}]\n")
			write(t, filepath.Join(p.folder, "manifest.yaml"), "workspaces:\n  - name: demo\n    environments: {DEV: {variables: {SHY: \""+s.URL+"\"}}}\n    graphs: [{file: pay.yaml, assign: [DEV]}]\n    triggers: [{name: pay, kind: background, graph: pay, environments: [DEV]}]\n")
			p.says(t, "apply", "-f", filepath.Join(p.folder, "manifest.yaml"))
			var started answer
			decode(t, []byte(p.says(t, "trigger", "start", "pay", "--json")), &started)
			<-s.begun
			p.kill(t)

			p.start(t, allowed)
			p.ready(t)
			run := "/runs/" + started.WorkflowID
			until(t, "the run waits", func() bool { return p.native(t, run)["status"] == "waiting" })
			if reason := p.native(t, run)["status_reason"]; reason != "outcome_unknown" {
				t.Errorf("it waits because %v", reason)
			}
			p.answers(t, run, `{"decision":"happened","output":{"paid":true}}`)
			until(t, "the run ends", func() bool { return p.native(t, run)["status"] == "completed" })
			if paid := p.native(t, run)["response"].(map[string]any)["paid"]; paid != true || s.times.Load() != 1 {
				t.Errorf("paid is %v after %d calls", paid, s.times.Load())
			}
		})
	}
}

// answers says what became of what a run waits for.
func (p *product) answers(t *testing.T, run, decision string) {
	t.Helper()
	f := p.bootstrap(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url("/api/v1/workspaces/%s%s/answer", f.WorkspaceID, run), strings.NewReader(decision))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.AdminKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the answer is answered with %s", resp.Status)
	}
}
