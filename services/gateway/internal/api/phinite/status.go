package phinite

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var errNoWorkflow = fault.New(fault.NotFound, "Workflow not found")

func statusDoc(as string) api.Doc {
	return api.Doc{
		ID: "getStatus" + as, Summary: "Tell how a run stands", Hears: []api.Header{api.IfNoneMatch},
		Gives: api.Gives{http.StatusOK: answer{}, http.StatusNotModified: nil},
	}
}

// status tells how a run stands. What the key may not reach does not exist for
// it.
func (p Phinite) status(ctx context.Context, c *api.Call) (int, any, error) {
	ref := c.Param("workflow")
	id, err := uuid.Parse(ref)
	if err != nil || len(ref) != 36 {
		return 0, nil, errNoWorkflow
	}
	r, err := c.Store.Run(ctx, id)
	switch {
	case errors.Is(err, fault.NotFound), err == nil && !c.Key.Reaches(r.Environment):
		return 0, nil, errNoWorkflow
	case err != nil:
		return 0, nil, err
	}
	document := p.shape(ctx, c, r)
	if c.Unchanged(document) {
		return http.StatusNotModified, nil, nil
	}
	return http.StatusOK, document, nil
}
