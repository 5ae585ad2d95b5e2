package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// scheduleAsked is a schedule that nobody keeps, and how much of its future is
// asked for.
type scheduleAsked struct {
	schedule.Spec
	From  *time.Time `json:"from" doc:"The moments after this one; now when it is left out."`
	Count int        `json:"count" doc:"How many moments, at most 100; 5 when it is left out."`
}

// scheduleExplained is what a schedule means.
type scheduleExplained struct {
	Normalized  string           `json:"normalized" doc:"The first expression with its names and tags replaced; empty without one."`
	Description string           `json:"description"`
	Next        []momentDocument `json:"next"`
	Warnings    []string         `json:"warnings"`
}

// momentDocument is one nominal moment.
type momentDocument struct {
	At    time.Time `json:"at"`
	Local string    `json:"local" doc:"The same moment on the clocks of the schedule's zone."`
	Note  string    `json:"note,omitempty" doc:"What the clocks did on the day before, if anything."`
}

const (
	usualMoments = 5
	mostMoments  = 100
)

var explainScheduleDoc = api.Doc{
	ID: "explainSchedule", Summary: "Say what a schedule means, before it is kept",
	Detail: "A schedule in words, with its next moments and what its people may not expect when clocks are changed. Nothing is stored.",
	Takes:  scheduleAsked{}, Gives: api.Gives{http.StatusOK: scheduleExplained{}},
}

// explainSchedule says what a schedule means.
func (n Native) explainSchedule(_ context.Context, c *api.Call) (int, any, error) {
	asked, err := decode[scheduleAsked](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	from := n.Now()
	if asked.From != nil {
		from = *asked.From
	}
	switch {
	case asked.Count < 0 || asked.Count > mostMoments:
		return 0, nil, one("count", "invalid", "count is at most 100")
	case asked.Count == 0:
		asked.Count = usualMoments
	}
	table, wrong := schedule.Compile(asked.Spec, from)
	if len(wrong) > 0 {
		return 0, nil, refusedDocument(wrong)
	}
	return http.StatusOK, scheduleExplained{
		Normalized: table.Normalized(), Description: table.Describe(from),
		Next: momentsOf(table, from, asked.Count), Warnings: append([]string{}, table.Warnings(from)...),
	}, nil
}

func momentsOf(table *schedule.Table, from time.Time, count int) []momentDocument {
	all := []momentDocument{}
	for _, at := range table.Upcoming(from, count) {
		all = append(all, momentDocument{At: at, Local: at.In(table.Zone()).Format(time.RFC3339), Note: table.Note(at)})
	}
	return all
}
