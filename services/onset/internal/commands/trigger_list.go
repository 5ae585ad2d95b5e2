package commands

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/trigger"
)

func listTriggers(at *server) *cobra.Command {
	var status, kind, graph, search string
	var labels []string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List triggers; archived ones only when they are asked for",
		Args:    cobra.NoArgs,
		Example: "  onset trigger list --status paused\n  onset trigger list --graph incident-triage --search night",
	}
	c.Flags().StringVar(&status, "status", "", "only triggers in this status: active, paused or archived")
	c.Flags().StringVar(&kind, "kind", "", "only triggers of this kind, such as api or schedule")
	c.Flags().StringVar(&graph, "graph", "", "only triggers that start this graph")
	c.Flags().StringVar(&search, "search", "", "only triggers with this in their name or title")
	c.Flags().StringSliceVar(&labels, "label", nil, "only triggers with these labels, as owner:data and with commas")
	complete(c, "status", trigger.Active, trigger.Paused, trigger.Archived)
	limit, asJSON := limitFlag(c, 50), jsonFlag(c, "whole triggers")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		wanted := client.ListTriggersParams{
			Status: given(client.TriggerStatus(status)), Kind: given(kind), Graph: given(graph), Search: given(search), Label: labels,
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		triggers, err := ws.triggers(c.Context(), wanted, *limit)
		if err != nil {
			return err
		}
		return triggerColumns.print(c, *asJSON, triggers)
	}
	return c
}

func (w workspace) triggers(ctx context.Context, wanted client.ListTriggersParams, limit int) (list, error) {
	return pages(limit, func(limit *int64, cursor *string) (*http.Response, error) {
		wanted.Limit, wanted.Cursor = limit, cursor
		return w.ListTriggers(ctx, w.ID, &wanted)
	})
}

var triggerColumns = columns[client.Trigger]{
	head: []string{"NAME", "KIND", "STATUS", "GRAPH", "ENV", "UPDATED", "LAST RUN"},
	row: func(t client.Trigger) []string {
		return []string{t.Name, t.Kind, triggerStanding(t), t.Graph, everywhere(t.Environments), written(t.UpdatedAt), lastRun(t)}
	},
	none: "no such triggers; declare one in a manifest: onset apply -f FILE",
}

// lastRun is how the newest run of a trigger stands.
func lastRun(t client.Trigger) string {
	if t.LastRun == nil {
		return "-"
	}
	return fmt.Sprintf("%s %s %s", t.LastRun.ID, t.LastRun.Status, written(t.LastRun.At))
}

// everywhere are environments, of which none stands for all.
func everywhere(environments []string) string {
	if len(environments) == 0 {
		return "all"
	}
	return strings.Join(environments, ",")
}
