package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func showEnvironment(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show ENVIRONMENT",
		Short:             "Show what an environment holds and which builds it runs; of secrets, that they exist",
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env show DEV",
	}
	asJSON := jsonFlag(c, "the environment and its assignments")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.GetEnvironment(c.Context(), ws.ID, args[0]))
		if err != nil {
			return explained(err)
		}
		assigned, err := pages(all, func(limit *int64, cursor *string) (*http.Response, error) {
			return ws.ListAssignments(c.Context(), ws.ID, args[0], &client.ListAssignmentsParams{Limit: limit, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		if *asJSON {
			return PrintJSON(c.OutOrStdout(), map[string]any{"environment": json.RawMessage(doc), "assignments": assigned})
		}
		return printEnvironment(c.OutOrStdout(), doc, assigned)
	}
	return c
}

func printEnvironment(w io.Writer, doc json.RawMessage, assigned list) error {
	e, err := answered[client.Environment](doc, nil)
	if err != nil {
		return err
	}
	rows := [][]string{{"KIND", "NAME", "VALUE"}}
	for _, raw := range assigned.Items {
		a, err := answered[client.Assignment](raw, nil)
		if err != nil {
			return err
		}
		rows = append(rows, []string{"graph", a.Graph, fmt.Sprintf("build %d", a.Build)})
	}
	return table.Print(w, append(rows, valueRows(e)...)...)
}

// valueRows are what an environment holds; of secrets, that they exist.
func valueRows(e client.Environment) (rows [][]string) {
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		rows = append(rows, []string{"variable", name, e.Variables[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Secrets)) {
		s := e.Secrets[name]
		shown := fmt.Sprintf("version %d", s.Version)
		if s.Last4 != "" {
			shown += ", ends in " + s.Last4
		}
		rows = append(rows, []string{"secret", name, shown})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Models)) {
		rows = append(rows, []string{"model", name, fmt.Sprintf("%s at %s", or(e.Models[name].Model), e.Models[name].BaseURL)})
	}
	return rows
}
