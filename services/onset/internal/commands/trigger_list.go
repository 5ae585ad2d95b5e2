package commands

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/trigger"
)

func listTriggers(at *server) *cobra.Command {
	var asked = map[string]*string{}
	c := &cobra.Command{
		Use:     "list",
		Short:   "List triggers; archived ones only when they are asked for",
		Args:    cobra.NoArgs,
		Example: "  onset trigger list --status paused\n  onset trigger list --graph incident-triage --search night",
	}
	for name, usage := range map[string]string{
		"status": "only triggers in this status: active, paused or archived",
		"kind":   "only triggers of this kind, such as api or schedule",
		"graph":  "only triggers that start this graph",
		"search": "only triggers with this in their name or title",
		"label":  "only triggers with this label, as owner:data",
	} {
		asked[name] = c.Flags().String(name, "", usage)
	}
	complete(c, "status", trigger.Active, trigger.Paused, trigger.Archived)
	limit, asJSON := limitFlag(c, 50), jsonFlag(c, "whole triggers")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		query := url.Values{}
		for name, value := range asked {
			if *value != "" {
				query.Set(name, *value)
			}
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		triggers, err := ws.pages(c.Context(), ws.path("triggers"), query, *limit)
		if err != nil {
			return err
		}
		return triggerColumns.print(c, *asJSON, triggers)
	}
	return c
}

var triggerColumns = columns[triggerDocument]{
	head: []string{"NAME", "KIND", "STATUS", "GRAPH", "ENV", "UPDATED", "LAST RUN"},
	row: func(t triggerDocument) []string {
		return []string{t.Name, t.Kind, t.standing(), t.Graph, everywhere(t.Environments), written(t.UpdatedAt), t.last()}
	},
	none: "no such triggers; declare one in a manifest: onset apply -f FILE",
}

// last is how the newest run of a trigger stands.
func (t triggerDocument) last() string {
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
