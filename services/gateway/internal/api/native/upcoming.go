package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// upcomingQuery says how much of the future is asked for.
type upcomingQuery struct {
	From  *time.Time `query:"from" doc:"The moments after this one; now when it is left out."`
	Count int        `query:"count" doc:"How many, 1 to 100; 5 when it is left out."`
}

var upcomingDoc = api.Doc{
	ID: "listUpcoming", Summary: "List the next moments of a schedule",
	Detail: "There are none while it is paused, over or broken, nor for kinds that do not go by the clock.",
	Query:  upcomingQuery{}, Gives: api.Gives{http.StatusOK: list[momentDocument]{}}, Refuses: []fault.Code{fault.UnknownField},
}

// upcoming lists the next moments of a schedule.
func (n Native) upcoming(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, upcomingQuery{}); err != nil {
		return 0, nil, err
	}
	from, err := timeOf(c.Query().Get("from"), "from")
	if err != nil {
		return 0, nil, err
	}
	count, err := countOf(c.Query().Get("count"))
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	now, err := standingOf(ctx, c.Store, []trigger.Trigger{t})
	if err != nil {
		return 0, nil, err
	}
	at := now.positions[t.ID]
	if at.Nominal == nil {
		return http.StatusOK, list[momentDocument]{Items: []momentDocument{}}, nil
	}
	table, err := t.Table()
	if err != nil {
		return http.StatusOK, list[momentDocument]{Items: []momentDocument{}}, nil // the warnings of the trigger say why
	}
	if from == nil {
		now := n.Now()
		from = &now
	}
	if left := table.Left(at.Fired); left >= 0 {
		count = min(count, left)
	}
	return http.StatusOK, list[momentDocument]{Items: momentsOf(table, *from, count)}, nil
}

func countOf(text string) (int, error) {
	if text == "" {
		return usualMoments, nil
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 || count > mostMoments {
		return 0, one("count", "invalid", "count is a whole number from 1 to 100")
	}
	return count, nil
}
