package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// deliveryStatsQuery is the time that is counted.
type deliveryStatsQuery struct {
	Environment string     `query:"environment" doc:"DEV, UAT or PROD."`
	Since       *time.Time `query:"since" doc:"Received at this moment or later; all that is kept when it is left out."`
	Until       *time.Time `query:"until" doc:"Received before this moment."`
}

// deliveryStats is what became of a trigger's deliveries.
type deliveryStats struct {
	Total    int             `json:"total"`
	LastAt   *moment         `json:"last_at" doc:"When the newest came."`
	Outcomes []deliveryCount `json:"outcomes" doc:"The most frequent first."`
	Capture  *moment         `json:"capture_until" doc:"Until when deliveries are only captured; null when they are not."`
}

// deliveryCount is how many came to the same end.
type deliveryCount struct {
	Outcome trigger.Outcome `json:"outcome"`
	Code    *string         `json:"code" doc:"What stopped them."`
	Count   int             `json:"count"`
	LastAt  moment          `json:"last_at"`
}

var deliveryStatsDoc = api.Doc{
	ID: "countDeliveries", Summary: "Count what became of a trigger's deliveries",
	Query: deliveryStatsQuery{}, Gives: api.Gives{http.StatusOK: deliveryStats{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.UnknownField},
}

// deliveryStats counts what became of a trigger's deliveries.
func (n Native) deliveryStats(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, deliveryStatsQuery{}); err != nil {
		return 0, nil, err
	}
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	filter, err := deliveryFilter(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	filter.Trigger = t.ID
	counts, err := c.Store.DeliveryCounts(ctx, filter)
	if err != nil {
		return 0, nil, err
	}
	until, err := c.Store.Captured(ctx, t.ID)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, statsOf(counts, until, n.Now()), nil
}

func statsOf(counts []store.DeliveryCount, until, now time.Time) deliveryStats {
	s := deliveryStats{Outcomes: []deliveryCount{}}
	var last time.Time
	for _, c := range counts {
		s.Total += c.Count
		if c.Last.After(last) {
			last = c.Last
		}
		s.Outcomes = append(s.Outcomes, deliveryCount{c.Outcome, orNull(c.Code), c.Count, moment(c.Last)})
	}
	if s.Total > 0 {
		s.LastAt = maybe(&last)
	}
	if until.After(now) {
		s.Capture = maybe(&until)
	}
	return s
}
