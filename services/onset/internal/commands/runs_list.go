package commands

import (
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/run"
)

// filter is which runs are meant.
type filter struct {
	trigger, graph, env, tag, since string
	status                          []string
}

func (f *filter) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.trigger, "trigger", "", "only runs of this trigger, by its name or id")
	c.Flags().StringVar(&f.graph, "graph", "", "only runs of this graph")
	c.Flags().StringVar(&f.env, "env", "", "only runs in this environment: DEV, UAT or PROD")
	c.Flags().StringSliceVar(&f.status, "status", nil, "only runs in these statuses, with commas: pending, running, waiting, completed, failed, cancelled")
	c.Flags().StringVar(&f.since, "since", "", "only runs accepted since: a duration such as 24h, or a time such as 2026-03-29T07:00:00Z")
	c.Flags().StringVar(&f.tag, "tag", "", "only runs with this tag")
	complete(c, "status", run.Statuses...)
	completeEnvironment(c)
}

// query is the filter as the API reads it.
func (f filter) query(now time.Time) (url.Values, error) {
	q := url.Values{}
	for name, value := range map[string]string{"trigger": f.trigger, "graph": f.graph, "environment": f.env, "tag": f.tag} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(f.status) > 0 {
		q["status"] = f.status
	}
	if f.since == "" {
		return q, nil
	}
	since, err := ago("--since", f.since, now)
	if err != nil {
		return nil, err
	}
	q.Set("since", since.UTC().Format(time.RFC3339Nano))
	return q, nil
}

func listRuns(at *server) *cobra.Command {
	var wanted filter
	c := &cobra.Command{
		Use:     "list",
		Short:   "List runs, newest first",
		Args:    cobra.NoArgs,
		Example: "  onset runs list --trigger echo --status failed,cancelled --since 24h",
	}
	wanted.flags(c)
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "whole runs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		query, err := wanted.query(time.Now())
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		runs, err := ws.pages(c.Context(), ws.path("runs"), query, *limit)
		if err != nil {
			return err
		}
		return runColumns.print(c, *asJSON, runs)
	}
	return c
}

var runColumns = columns[runDocument]{
	head: []string{"ID", "STATUS", "TRIGGER", "GRAPH", "ENV", "CREATED", "TOOK"},
	row: func(r runDocument) []string {
		return []string{r.ID, r.standing(), r.Trigger, fmt.Sprintf("%s build %d", r.Graph, r.Build), r.Environment, written(r.CreatedAt), lasted(r.RunMS)}
	},
	none: "no such runs; start one: onset trigger start NAME",
}
