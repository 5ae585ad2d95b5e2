package native

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// diffQuery names the other side of a comparison.
type diffQuery struct {
	Against string `query:"against" doc:"The number of another build, or draft; the build before this one when it is left out."`
}

// diffDocument is what turns one definition of a graph into another.
type diffDocument struct {
	Graph   string         `json:"graph"`
	From    string         `json:"from" doc:"The number of a build; empty when there is none before the first"`
	To      string         `json:"to" doc:"The number of a build, or draft"`
	Changes []graph.Change `json:"changes" doc:"Empty when both say the same"`
}

var diffDoc = api.Doc{
	ID: "diffBuild", Summary: "Compare a build with another one, or with the draft",
	Detail: "The changes lead from the other build to this one; against the draft they lead from the build to the draft, which is what freezing it would change.",
	Query:  diffQuery{}, Gives: api.Gives{http.StatusOK: diffDocument{}},
}

// draft is the word for a graph as it is being written.
const draft = "draft"

func (n Native) buildDiff(ctx context.Context, c *api.Call) (int, any, error) {
	this, err := numbered(ctx, c, c.Param("number"))
	if err != nil {
		return 0, nil, err
	}
	against := c.Query().Get("against")
	if against == draft {
		g, err := c.Store.Graph(ctx, c.Param("graph"))
		return http.StatusOK, diffOf(this.Definition, g.Definition, strconv.Itoa(this.Number), draft), err
	}
	if against == "" && this.Number == 1 {
		return http.StatusOK, diffOf(graph.Graph{}, this.Definition, "", "1"), nil
	}
	if against == "" {
		against = strconv.Itoa(this.Number - 1)
	}
	other, err := numbered(ctx, c, against)
	if errors.Is(err, fault.NotFound) {
		return 0, nil, one("against", "invalid", fmt.Sprintf("against is draft or the number of a build: %q is none", against))
	}
	return http.StatusOK, diffOf(other.Definition, this.Definition, strconv.Itoa(other.Number), strconv.Itoa(this.Number)), err
}

func diffOf(before, after graph.Graph, from, to string) diffDocument {
	return diffDocument{Graph: after.Name, From: from, To: to, Changes: graph.Diff(before, after)}
}

// numbered finds a build of the path's graph by its number.
func numbered(ctx context.Context, c *api.Call, text string) (graph.Build, error) {
	number, err := strconv.Atoi(text)
	if err != nil {
		return graph.Build{}, fault.New(fault.NotFound, "build %q does not exist", text)
	}
	return c.Store.Build(ctx, c.Param("graph"), number)
}
