package commands

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
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

// params are the filter as the API reads it.
func (f filter) params(now time.Time) (client.ListRunsParams, error) {
	p := client.ListRunsParams{Trigger: given(f.trigger), Graph: given(f.graph), Environment: given(f.env), Tag: given(f.tag)}
	for _, status := range f.status {
		p.Status = append(p.Status, client.RunStatus(status))
	}
	if f.since == "" {
		return p, nil
	}
	since, err := ago("--since", f.since, now)
	p.Since = &since
	return p, err
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
		wanted, err := wanted.params(time.Now())
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		runs, err := ws.runs(c.Context(), wanted, *limit)
		if err != nil {
			return err
		}
		return runColumns.print(c, *asJSON, runs)
	}
	return c
}

func (w workspace) runs(ctx context.Context, wanted client.ListRunsParams, limit int) (list, error) {
	return pages(limit, func(limit *int64, cursor *string) (*http.Response, error) {
		wanted.Limit, wanted.Cursor = limit, cursor
		return w.ListRuns(ctx, w.ID, &wanted)
	})
}

var runColumns = columns[client.Run]{
	head: []string{"ID", "STATUS", "TRIGGER", "GRAPH", "ENV", "CREATED", "TOOK"},
	row: func(r client.Run) []string {
		return []string{r.ID.String(), standing(r), or(r.Trigger), fmt.Sprintf("%s build %d", r.Graph, r.Build), r.Environment, written(r.CreatedAt), lasted(r.RunMS)}
	},
	none: "no such runs; start one: onset trigger start NAME",
}
