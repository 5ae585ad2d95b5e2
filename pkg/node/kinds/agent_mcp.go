package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/mcp"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// serverTools are those tools of an MCP server that an agent may use. The author
// names each: what else the server offers, now or one day, no model gets to see.
type serverTools struct {
	MCP   *place   `json:"mcp"`
	Allow []string `json:"allow"`
	// Idempotent are those of the allowed that may be called twice without harm.
	Idempotent []string `json:"idempotent"`
}

const (
	// maxAllowed is how many tools of one server an agent may use.
	maxAllowed = 64
	// maxListed is what a server may say of them all, in bytes of JSON.
	maxListed = 256 << 10
	// maxDescription is how much of a description a model gets to read, in
	// characters: it was written by a stranger.
	maxDescription = 1024
)

// unnamable is what a server may use in a tool's name and a model may not.
var unnamable = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// knownAs is the name by which the model knows a tool of a server.
func knownAs(name string) string { return unnamable.ReplaceAllString(name, "_") }

// listed is a tool as the journal keeps it.
type listed struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}

// openMCP makes tools of what a server offers and the author allows. What it
// offers is a step of the journal: a server that changes its mind while the
// agent works changes nothing for it.
func openMCP(ctx context.Context, in *node.Input, step string, want serverTools) (toolbox, error) {
	raw, err := in.Step(ctx, step, func(ctx context.Context) (node.Result, error) {
		found, err := want.find(ctx, in)
		return node.Result{Value: found}, err
	})
	if err != nil {
		return nil, err
	}
	var found []listed
	if err := json.Unmarshal(raw, &found); err != nil {
		return nil, node.Permanent(run.InternalError, "the journal's list of tools cannot be read")
	}
	var box toolbox
	for _, l := range found {
		t, err := newTool(model.Tool{Name: knownAs(l.Name), Description: l.Description, Parameters: closed(l.Parameters)})
		if err != nil {
			return nil, err
		}
		t.call = want.call(in, l.Name)
		box = append(box, t)
	}
	return box, nil
}

// find asks the server for the tools that are allowed, in the author's order.
func (s serverTools) find(ctx context.Context, in *node.Input) (any, error) {
	hide := newRedactor(in.Secrets)
	address, headers, err := s.MCP.fill(ctx, in, "config.tools.mcp")
	if err != nil {
		return nil, err
	}
	offered, err := mcp.Server{URL: address, Headers: headers, HTTP: in.HTTP}.Tools(ctx)
	if err != nil {
		return nil, hide.told(err)
	}
	chosen, err := s.choose(offered)
	if err != nil {
		return nil, hide.told(err)
	}
	raw, err := json.Marshal(chosen)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxListed {
		return nil, node.Permanent(run.LimitExceeded, fmt.Sprintf("the MCP server says %d bytes of its tools; at most %d are read", len(raw), maxListed))
	}
	v, err := strictjson.Value(raw)
	if err != nil {
		return nil, err
	}
	return hide.stored(v)
}

// choose takes the allowed tools out of those that are offered.
func (s serverTools) choose(offered []model.Tool) ([]listed, error) {
	var chosen []listed
	for _, name := range s.Allow {
		i := slices.IndexFunc(offered, func(t model.Tool) bool { return t.Name == name })
		if i < 0 {
			return nil, node.Permanent(run.NodeFailed, fmt.Sprintf("the MCP server offers no tool %q; it offers %s", name, strings.Join(names(offered), ", ")))
		}
		description := []rune(offered[i].Description)
		chosen = append(chosen, listed{name, string(description[:min(len(description), maxDescription)]), offered[i].Parameters})
	}
	return chosen, nil
}

func names(tools []model.Tool) []string {
	var list []string
	for _, t := range tools {
		list = append(list, t.Name)
	}
	return list
}

// call calls a tool as an mcp node would: a step of its own, not repeated when
// its outcome is unknown.
func (s serverTools) call(in *node.Input, name string) func(context.Context, string, json.RawMessage) (json.RawMessage, error) {
	return func(ctx context.Context, step string, arguments json.RawMessage) (json.RawMessage, error) {
		args, err := strictjson.Value(arguments)
		if err != nil {
			return nil, node.Permanent(run.NodeFailed, "the arguments are not JSON")
		}
		config, err := json.Marshal(mcpConfig{Server: *s.MCP, Tool: name, Idempotent: slices.Contains(s.Idempotent, name)})
		if err != nil {
			return nil, err
		}
		n := graph.Node{ID: name, Kind: MCP{}.Name(), Config: config}
		return in.Perform(ctx, step, n, expr.Scope{"args": args})
	}
}
