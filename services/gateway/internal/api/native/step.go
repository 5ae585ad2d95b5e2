package native

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/onsethq/onset/pkg/fault"
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
	outline, err := c.Store.Outline(ctx, r.ID)
	if err != nil {
		return 0, nil, err
	}
	own := begunWith(spansOf(outline), c.Param("step"))
	if own == nil {
		return 0, nil, fault.New(fault.NotFound, "no such step")
	}
	records, _, err := n.journal(ctx, c, r, []span{own})
	if err != nil {
		return 0, nil, err
	}
	if records, err = c.Store.Whole(ctx, r.ID, records); err != nil {
		return 0, nil, err
	}
	steps, err := stepsOf(r, records)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, steps[0], nil
}

// begunWith is the step that began with a record, or nil.
func begunWith(all []span, seq string) span {
	first, err := strconv.Atoi(seq)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(all, func(s span) bool { return s.begins() == first })
	if i < 0 {
		return nil
	}
	return all[i]
}
