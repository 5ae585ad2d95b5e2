package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/onset/internal/client"
	"github.com/onsethq/onset/services/onset/internal/table"
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
	statuses := make([]string, len(run.Statuses))
	for i, s := range run.Statuses {
		statuses[i] = string(s)
	}
	// These fail only for a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statuses, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("env", cobra.FixedCompletions(tenant.Environments, cobra.ShellCompDirectiveNoFileComp))
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
	since, err := moment(f.since, now)
	if err != nil {
		return nil, err
	}
	q.Set("since", since.UTC().Format(time.RFC3339Nano))
	return q, nil
}

// moment reads a time, or how long ago it was.
func moment(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--since: %q is neither a duration such as 24h nor a time such as 2026-03-29T07:00:00Z", text)
	}
	return at, nil
}

func listRuns(at *server) *cobra.Command {
	var limit int
	var asJSON bool
	var wanted filter
	c := &cobra.Command{
		Use:     "list",
		Short:   "List runs, newest first",
		Args:    cobra.NoArgs,
		Example: "  onset runs list --trigger echo --status failed,cancelled --since 24h",
	}
	wanted.flags(c)
	c.Flags().IntVar(&limit, "limit", 20, "how many at most")
	c.Flags().BoolVar(&asJSON, "json", false, "print whole runs as JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if limit < 1 {
			return fmt.Errorf("--limit: %d is not a number from 1", limit)
		}
		query, err := wanted.query(time.Now())
		if err != nil {
			return err
		}
		s, err := at.open(adminKey)
		if err != nil {
			return err
		}
		own, err := ownOf(c.Context(), s)
		if err != nil {
			return err
		}
		runs, err := pages(c.Context(), s, path("/api/v1/workspaces", own.ID, "runs"), query, limit)
		if err != nil {
			return err
		}
		if asJSON {
			return PrintJSON(c.OutOrStdout(), runs)
		}
		return runs.print(c.OutOrStdout(), c.ErrOrStderr())
	}
	return c
}

// runList is some runs, as the API wrote them.
type runList struct {
	Items      []json.RawMessage `json:"items"`
	NextCursor *string           `json:"next_cursor"`
}

// largestPage is the most that the API gives at once.
const largestPage = 200

// pages reads on until there are as many runs as were asked for. A page may
// hold fewer than it could: a key sees only its own environments.
func pages(ctx context.Context, s client.Server, path string, query url.Values, limit int) (runList, error) {
	all := runList{Items: []json.RawMessage{}}
	for {
		query.Set("limit", strconv.Itoa(min(limit-len(all.Items), largestPage)))
		var page runList
		if err := s.Do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return all, explained(err)
		}
		all.Items = append(all.Items, page.Items...)
		all.NextCursor = page.NextCursor
		if page.NextCursor == nil || len(all.Items) >= limit {
			return all, nil
		}
		query.Set("cursor", *page.NextCursor)
	}
}

// print writes the runs as a table, and what is not a run beside it.
func (l runList) print(out, aside io.Writer) error {
	if len(l.Items) == 0 {
		_, err := fmt.Fprintln(aside, "no such runs; start one: onset trigger start NAME")
		return err
	}
	rows := [][]string{{"ID", "STATUS", "TRIGGER", "GRAPH", "ENV", "CREATED", "TOOK"}}
	for _, raw := range l.Items {
		var r runDocument
		if err := json.Unmarshal(raw, &r); err != nil {
			return fmt.Errorf("read a run: %w", err)
		}
		rows = append(rows, []string{
			r.ID, r.standing(), r.Trigger, fmt.Sprintf("%s build %d", r.Graph, r.Build), r.Environment, written(r.CreatedAt), lasted(r.RunMS),
		})
	}
	if err := table.Print(out, rows...); err != nil {
		return err
	}
	if l.NextCursor != nil {
		fmt.Fprintln(aside, "there are more: ask with a higher --limit")
	}
	return nil
}
