package native

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var stepDoc = api.Doc{
	ID: "getStep", Summary: "Tell what one step of a run did",
	Detail: "The step is named by its `seq`. Nothing is left out of it, however large.",
	Gives:  api.Gives{http.StatusOK: stepDocument{}},
}

// step tells one step with all that belongs to it.
func (n Native) step(ctx context.Context, c *api.Call) (int, any, error) {
	r, err := n.found(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	records, err := n.journal(ctx, c, r)
	if err != nil {
		return 0, nil, err
	}
	own := ofStep(records, c.Param("step"))
	if len(own) == 0 {
		return 0, nil, fault.New(fault.NotFound, "no such step")
	}
	if own, err = c.Store.Whole(ctx, r.ID, own); err != nil {
		return 0, nil, err
	}
	steps, err := stepsOf(r, own)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, steps[0], nil
}

// ofStep are the records of the step that began with a record.
func ofStep(records []run.Record, seq string) []run.Record {
	first, err := strconv.Atoi(seq)
	if err != nil || first < 1 || first > len(records) || records[first-1].Node == "" {
		return nil
	}
	of := records[first-1].Step()
	own := slices.DeleteFunc(slices.Clone(records), func(r run.Record) bool { return r.Step() != of })
	if own[0].Seq != first {
		return nil
	}
	return own
}
