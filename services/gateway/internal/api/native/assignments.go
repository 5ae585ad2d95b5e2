package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// assignmentDocument is the build that an environment's runs use.
type assignmentDocument struct {
	Environment string `json:"environment"`
	Graph       string `json:"graph"`
	Build       int    `json:"build"`
	UpdatedAt   moment `json:"updated_at"`
}

func assignmentOf(a store.Assignment) assignmentDocument {
	return assignmentDocument{a.Environment, a.Graph, a.Build, moment(a.UpdatedAt)}
}

var assignmentsDoc = api.Doc{
	ID: "listAssignments", Summary: "List which builds an environment's runs use", Query: pageQuery{},
	Gives: api.Gives{http.StatusOK: list[assignmentDocument]{}},
}

func (n Native) assignments(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Assignments(ctx, name, p)
	return http.StatusOK, listOf(all, next, assignmentOf), err
}

var assignmentDoc = api.Doc{
	ID: "getAssignment", Summary: "Read which build an environment's runs use",
	Gives: api.Gives{http.StatusOK: assignmentDocument{}}, Refuses: []fault.Code{fault.NoBuild},
}

func (n Native) assignment(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	a, err := c.Store.Assignment(ctx, name, c.Param("graph"))
	return http.StatusOK, assignmentOf(a), err
}

// assignmentWanted names a build.
type assignmentWanted struct {
	Build int `json:"build" required:"true" doc:"The number of a build of the graph."`
}

var assignDoc = api.Doc{
	ID: "putAssignment", Summary: "Say which build an environment's runs use from now on",
	Detail: "The change is kept in the history of the environment and can be rolled back. Runs that were accepted before keep their build.",
	Takes:  assignmentWanted{}, Gives: api.Gives{http.StatusOK: assignmentDocument{}},
}

// assign says which build the environment's runs use from now on.
func (n Native) assign(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[assignmentWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	a, err := c.Store.Assign(ctx, name, c.Param("graph"), wanted.Build, c.By())
	return http.StatusOK, assignmentOf(a), err
}
