package native

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// fireDocument is what became of one moment, or of several that were skipped in
// a row.
type fireDocument struct {
	NominalAt   moment              `json:"nominal_at" doc:"The moment, or the first of several."`
	Until       moment              `json:"until" doc:"The last of several moments; the same as nominal_at when it is one."`
	Count       int                 `json:"count" doc:"How many moments they are."`
	Environment string              `json:"environment"`
	Disposition trigger.Disposition `json:"disposition" doc:"started, queued (it waits for a run to end), backfilled (a backfill started its run), or skipped_misfire, skipped_overlap, skipped_paused, skipped_edited, skipped_no_build, skipped_queue_full, skipped_error."`
	Reason      *string             `json:"reason"`
	RunID       *uuid.UUID          `json:"run_id" doc:"What it started; null when it started nothing."`
	DecidedAt   moment              `json:"decided_at"`
}

func fireOf(f trigger.Fire) fireDocument {
	d := fireDocument{
		NominalAt: moment(f.At), Until: moment(f.Until), Count: f.Count, Environment: f.Environment,
		Disposition: f.Disposition, Reason: orNull(f.Reason), DecidedAt: moment(f.DecidedAt),
	}
	if f.Run != uuid.Nil {
		d.RunID = &f.Run
	}
	return d
}

// firesQuery narrows the moments of a schedule.
type firesQuery struct {
	pageQuery
	Environment string     `query:"environment" doc:"DEV, UAT or PROD."`
	Disposition string     `query:"disposition" doc:"What became of them."`
	Since       *time.Time `query:"since" doc:"At this moment or later."`
	Until       *time.Time `query:"until" doc:"Before this moment."`
}

var firesDoc = api.Doc{
	ID: "listFires", Summary: "List what became of a schedule's moments, newest first",
	Detail: "Every nominal moment of an active schedule is there, with the run that it started or the reason why it started none. Long ranges of skipped moments are one item with a count.",
	Query:  firesQuery{}, Gives: api.Gives{http.StatusOK: list[fireDocument]{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.UnknownField},
}

// fires lists what became of a schedule's moments.
func (n Native) fires(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, firesQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := fireFilter(c)
	if err != nil {
		return 0, nil, err
	}
	t, err := c.Store.Trigger(ctx, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Fires(ctx, t.ID, filter, p)
	return http.StatusOK, listOf(all, next, fireOf), err
}

func fireFilter(c *api.Call) (f store.FireFilter, err error) {
	q := c.Query()
	f = store.FireFilter{Environments: c.Key.Environments, Disposition: trigger.Disposition(q.Get("disposition"))}
	if name := q.Get("environment"); name != "" {
		environment, err := reached(c, name)
		if err != nil {
			return f, err
		}
		f.Environments = []string{environment}
	}
	if f.Disposition != "" && !slices.Contains(trigger.Dispositions, f.Disposition) {
		return f, one("disposition", "invalid", "there is no such disposition")
	}
	if f.Since, err = timeOf(q.Get("since"), "since"); err != nil {
		return f, err
	}
	f.Until, err = timeOf(q.Get("until"), "until")
	return f, err
}
