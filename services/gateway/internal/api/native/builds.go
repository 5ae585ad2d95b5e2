package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// buildDocument is a build with its definition.
type buildDocument struct {
	Graph      string      `json:"graph"`
	Number     int         `json:"number"`
	Checksum   string      `json:"checksum"`
	CreatedAt  moment      `json:"created_at"`
	CreatedBy  string      `json:"created_by"`
	Definition graph.Graph `json:"definition"`
}

func buildOf(b graph.Build) buildDocument {
	return buildDocument{
		Graph: b.Graph, Number: b.Number, Checksum: b.Checksum,
		CreatedAt: moment(b.CreatedAt), CreatedBy: b.CreatedBy, Definition: b.Definition,
	}
}

var freezeDoc = api.Doc{
	ID: "createBuild", Summary: "Freeze a graph's draft into a build",
	Detail: "A draft that has not changed since the newest build gives that one again, with 200.",
	Takes:  struct{}{}, Optional: true,
	Gives: api.Gives{http.StatusOK: buildDocument{}, http.StatusCreated: buildDocument{}},
}

// freeze makes a build of the draft; a draft that has not changed since the
// newest one gives that one again.
func (n Native) freeze(ctx context.Context, c *api.Call) (int, any, error) {
	if _, err := optional[struct{}](c.Raw); err != nil {
		return 0, nil, err
	}
	b, fresh, err := c.Store.Freeze(ctx, c.Param("graph"), c.By())
	return madeOrChanged(fresh), buildOf(b), err
}

var buildsDoc = api.Doc{
	ID: "listBuilds", Summary: "List the builds of a graph, newest first", Query: pageQuery{},
	Gives: api.Gives{http.StatusOK: list[buildDocument]{}},
}

func (n Native) builds(ctx context.Context, c *api.Call) (int, any, error) {
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	builds, next, err := c.Store.Builds(ctx, c.Param("graph"), p)
	return http.StatusOK, listOf(builds, next, buildOf), err
}

var buildDoc = api.Doc{
	ID: "getBuild", Summary: "Read a build",
	Gives: api.Gives{http.StatusOK: buildDocument{}},
}

func (n Native) build(ctx context.Context, c *api.Call) (int, any, error) {
	b, err := numbered(ctx, c, c.Param("number"))
	return http.StatusOK, buildOf(b), err
}
