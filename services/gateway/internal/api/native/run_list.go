package native

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// runsQuery chooses runs.
type runsQuery struct {
	pageQuery
	Trigger     string        `query:"trigger" doc:"The name or id of the trigger that started them."`
	Graph       string        `query:"graph" doc:"The name or id of their graph."`
	Environment string        `query:"environment" doc:"DEV, UAT or PROD."`
	Status      []run.Status  `query:"status" doc:"Any of these, with commas between them."`
	Since       *time.Time    `query:"since" doc:"Made at this moment or later."`
	Until       *time.Time    `query:"until" doc:"Made before this moment."`
	Tag         string        `query:"tag" doc:"One of their tags."`
	ThreadID    *uuid.UUID    `query:"thread_id" doc:"The thread that they belong to."`
	Cause       string        `query:"cause" doc:"The kind of their cause: a trigger's kind, manual or replay."`
	ReplayOf    *uuid.UUID    `query:"replay_of" doc:"The run that they repeat."`
	ErrorCode   run.ErrorCode `query:"error_code" doc:"Why they failed."`
}

var runsDoc = api.Doc{
	ID: "listRuns", Summary: "List runs, newest first", Query: runsQuery{},
	Detail: "A run is listed when all that the parameters say is true of it. A key that is bound to environments sees only theirs. " +
		"Runs that start meanwhile stand before the first page: following the cursors shows every other run once.",
	Gives: api.Gives{http.StatusOK: list[runDocument]{}}, Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed, fault.UnknownField},
}

// runs lists runs, newest first. A key that is bound to environments sees only
// theirs.
func (n Native) runs(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, runsQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := runFilter(c)
	if err != nil {
		return 0, nil, err
	}
	runs, next, err := c.Store.Runs(ctx, filter, p)
	return http.StatusOK, listOf(runs, next, n.runOf), err
}

func runFilter(c *api.Call) (f store.RunFilter, err error) {
	q := c.Query()
	f.Trigger, f.Graph, f.Tag = q.Get("trigger"), q.Get("graph"), q.Get("tag")
	f.Cause, f.ErrorCode = q.Get("cause"), run.ErrorCode(q.Get("error_code"))
	f.Environments = c.Key.Environments
	if name := q.Get("environment"); name != "" {
		environment, err := reached(c, name)
		if err != nil {
			return f, err
		}
		f.Environments = []string{environment}
	}
	if f.Status, err = statusesOf(q["status"]); err != nil {
		return f, err
	}
	if f.Thread, err = idOf(q.Get("thread_id"), "thread_id"); err != nil {
		return f, err
	}
	if f.ReplayOf, err = idOf(q.Get("replay_of"), "replay_of"); err != nil {
		return f, err
	}
	if f.Since, err = timeOf(q.Get("since"), "since"); err != nil {
		return f, err
	}
	f.Until, err = timeOf(q.Get("until"), "until")
	return f, err
}

// statusesOf reads statuses, with commas between them or each on its own.
func statusesOf(texts []string) (all []run.Status, err error) {
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			if !slices.Contains(run.Statuses, run.Status(word)) {
				return nil, one("status", "invalid", "a status is pending, running, waiting, completed, failed or cancelled")
			}
			all = append(all, run.Status(word))
		}
	}
	return all, nil
}

func idOf(text, path string) (uuid.UUID, error) {
	if text == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 || id == uuid.Nil {
		return uuid.Nil, one(path, "invalid", path+" is an id such as 0199c0de-0000-7000-8000-000000000000")
	}
	return id, nil
}

func timeOf(text, path string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if year := t.UTC().Year(); err != nil || year < 1 || year > 9999 { // what a database can keep
		return nil, one(path, "invalid", path+" is a time such as 2026-03-29T07:00:00Z")
	}
	return &t, nil
}
