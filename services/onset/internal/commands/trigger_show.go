package commands

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func showTrigger(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show NAME",
		Short:             "Show a trigger and where it is started",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger show echo",
	}
	asJSON := jsonFlag(c, "the whole trigger")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.GetTrigger(c.Context(), ws.ID, args[0]))
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		return tell(c, *asJSON, doc, sayTrigger)
	}
	return c
}

func sayTrigger(w io.Writer, t client.Trigger) error {
	rows := [][]string{
		{"trigger", t.Name},
		{"id", t.ID.String()},
		{"title", t.Title},
		{"kind", t.Kind},
		{"status", triggerStanding(t)},
		{"graph", fmt.Sprintf("%s, build %v", t.Graph, t.Build)},
		{"environments", everywhere(t.Environments)},
		{"labels", pairs(t.Labels)},
		{"last run", lastRun(t)},
		{"updated", written(t.UpdatedAt)},
	}
	if t.NextFireAt != nil {
		rows = append(rows, []string{"next fire", written(*t.NextFireAt)})
	}
	for _, environment := range slices.Sorted(maps.Keys(t.URLs)) {
		u := t.URLs[environment]
		if u.Start != nil {
			rows = append(rows, []string{"start in " + environment, "POST " + *u.Start})
		}
		if u.Webhook != nil {
			rows = append(rows, []string{"webhook in " + environment, *u.Webhook})
		}
	}
	for _, warning := range t.Warnings {
		rows = append(rows, []string{"warning", warning.Message})
	}
	return table.Print(w, filled(rows)...)
}

// filled leaves out what there is nothing to say of.
func filled(rows [][]string) [][]string {
	return slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" })
}

func pairs(labels map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, name+":"+labels[name])
	}
	return strings.Join(all, ", ")
}
