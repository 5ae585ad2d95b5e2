package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// promotionsQuery chooses changes.
type promotionsQuery struct {
	pageQuery
	Graph string `query:"graph" doc:"The name or id of a graph: the history of its assignment."`
}

var promotionsDoc = api.Doc{
	ID: "listPromotions", Summary: "List the changes of what an environment runs, newest first",
	Detail: "Promotions, rollbacks, and assignments by hand.",
	Query:  promotionsQuery{}, Gives: api.Gives{http.StatusOK: list[promotionDocument]{}},
}

func (n Native) promotions(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Promotions(ctx, environment, c.Query().Get("graph"), p)
	return http.StatusOK, listOf(all, next, promotionOf), err
}

var promotionDoc = api.Doc{
	ID: "getPromotion", Summary: "Read one change of what an environment runs",
	Gives: api.Gives{http.StatusOK: promotionDocument{}},
}

func (n Native) promotion(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	id, err := uuid.Parse(c.Param("promotion"))
	if err != nil {
		return 0, nil, fault.New(fault.NotFound, "promotion %q does not exist", c.Param("promotion"))
	}
	p, err := c.Store.Promotion(ctx, environment, id)
	return http.StatusOK, promotionOf(p), err
}
