package native

import (
	"bytes"
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// graphDocument is a definition beside what we know of it.
type graphDocument struct {
	ID uuid.UUID `json:"id"`
	graph.Graph
	Checksum  string `json:"checksum" doc:"Of the definition: the same for the same definition."`
	Revision  int    `json:"revision"`
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
}

// graphWanted is a definition as it is written.
type graphWanted graph.Graph

// known are the fields that callers send back with a definition they read.
var known = []string{"id", "checksum", "revision", "created_at", "updated_at"}

func graphOf(g store.StoredGraph) graphDocument {
	return graphDocument{
		ID: g.ID, Graph: g.Definition, Checksum: g.Checksum, Revision: g.Revision,
		CreatedAt: moment(g.CreatedAt), UpdatedAt: moment(g.UpdatedAt),
	}
}

// graphsQuery chooses graphs.
type graphsQuery struct {
	pageQuery
	Search string `query:"search" doc:"What their name or title contains."`
}

var graphsDoc = api.Doc{
	ID: "listGraphs", Summary: "List the graphs of a workspace", Query: graphsQuery{},
	Gives: api.Gives{http.StatusOK: list[graphDocument]{}},
}

func (n Native) graphs(ctx context.Context, c *api.Call) (int, any, error) {
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	graphs, next, err := c.Store.Graphs(ctx, p, store.GraphFilter{Search: c.Query().Get("search")})
	return http.StatusOK, listOf(graphs, next, graphOf), err
}

var graphDoc = api.Doc{
	ID: "getGraph", Summary: "Read a graph's draft",
	Gives: api.Gives{http.StatusOK: graphDocument{}},
}

func (n Native) graph(ctx context.Context, c *api.Call) (int, any, error) {
	g, err := c.Store.Graph(ctx, c.Param("graph"))
	if err != nil {
		return 0, nil, err
	}
	tag(c, g.Revision)
	return http.StatusOK, graphOf(g), nil
}

var putGraphDoc = api.Doc{
	ID: "putGraph", Summary: "Make a graph, or replace its draft",
	Detail: "No run uses the draft before it is frozen into a build and assigned to an environment. Every mistake in it is told at once, each with its path.",
	Hears:  []api.Header{api.IfMatch}, Takes: graphWanted{}, Ignores: known,
	Gives: api.Gives{http.StatusOK: graphDocument{}, http.StatusCreated: graphDocument{}},
}

// putGraph replaces a draft, or makes it under the name of the path. No run
// uses it before it is frozen and assigned.
func (n Native) putGraph(ctx context.Context, c *api.Call) (int, any, error) {
	revision, err := ifMatch(c)
	if err != nil {
		return 0, nil, err
	}
	name, err := chosen(c.Param("graph"), func(id string) (string, error) {
		g, err := c.Store.Graph(ctx, id)
		return g.Name, err
	})
	if err != nil {
		return 0, nil, err
	}
	definition, wrong, err := n.definition(c.Raw, name)
	if err != nil {
		return 0, nil, err
	}
	circles, err := n.circles(ctx, c, definition)
	if err != nil {
		return 0, nil, err
	}
	if wrong = append(wrong, circles...); len(wrong) > 0 {
		return 0, nil, refusedDocument(wrong)
	}
	g, fresh, err := c.Store.PutGraph(ctx, definition, revision)
	if err != nil {
		return 0, nil, err
	}
	tag(c, g.Revision)
	return madeOrChanged(fresh), graphOf(g), nil
}

var deleteGraphDoc = api.Doc{
	ID: "deleteGraph", Summary: "Take a graph and its builds away",
	Gives:   api.Gives{http.StatusNoContent: nil},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

// deleteGraph takes a graph and its builds away, from every environment.
func (n Native) deleteGraph(ctx context.Context, c *api.Call) (int, any, error) {
	if err := reachesAll(c, nil); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.Store.DeleteGraph(ctx, c.Param("graph"))
}

// verdictDocument is what saving would say.
type verdictDocument struct {
	Valid  bool           `json:"valid"`
	Errors []fault.Detail `json:"errors"`
}

var validateGraphDoc = api.Doc{
	ID: "validateGraph", Summary: "Say what saving would say",
	Detail: "Of the body, or of the draft when there is none. Nothing is saved.",
	Takes:  graphWanted{}, Optional: true, Ignores: known, Gives: api.Gives{http.StatusOK: verdictDocument{}},
}

// validateGraph says what saving would say, of the body or else of the draft.
func (n Native) validateGraph(ctx context.Context, c *api.Call) (int, any, error) {
	definition, wrong, err := n.judged(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	circles, err := n.circles(ctx, c, definition)
	wrong = append(wrong, circles...)
	return http.StatusOK, verdictDocument{len(wrong) == 0, append([]fault.Detail{}, wrong...)}, err
}

// judged is the graph of the body, or the draft, and what is wrong in it.
func (n Native) judged(ctx context.Context, c *api.Call) (graph.Graph, []fault.Detail, error) {
	if len(bytes.Trim(c.Raw, " \t\r\n")) > 0 {
		g, wrong, err := n.definition(c.Raw, "")
		if g.Name == "" {
			g.Name = c.Param("graph")
		}
		return g, wrong, err
	}
	g, err := c.Store.Graph(ctx, c.Param("graph"))
	return g.Definition, graph.Validate(g.Definition, n.Kinds), err
}

// definition reads and judges a graph; every mistake is told at once. A name
// that the path chose must be the document's, unless that has none.
func (n Native) definition(raw []byte, name string) (graph.Graph, []fault.Detail, error) {
	raw, err := without(raw, known...)
	if err != nil {
		return graph.Graph{}, nil, err
	}
	g, wrong := graph.Parse(raw)
	if !onlyUnknown(wrong) {
		return g, wrong, nil
	}
	if name != "" && g.Name != "" && g.Name != name {
		wrong = append(wrong, fault.Detail{Path: "name", Code: "invalid", Message: "the name is not the one in the path"})
	}
	if name != "" {
		g.Name = name
	}
	return g, append(wrong, graph.Validate(g, n.Kinds)...), nil
}

// chosen is the name that a path chose for what a PUT makes or replaces. An id
// stands for the name of what exists already.
func chosen(ref string, nameOf func(id string) (string, error)) (string, error) {
	if _, err := uuid.Parse(ref); err == nil {
		return nameOf(ref)
	}
	return ref, nil
}

func madeOrChanged(fresh bool) int {
	if fresh {
		return http.StatusCreated
	}
	return http.StatusOK
}
