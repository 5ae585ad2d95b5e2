package commands

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
)

func history(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "history ENVIRONMENT",
		Short:             "List who changed which builds an environment runs, newest first",
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env history PROD",
	}
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "whole changes")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		changes, err := pages(*limit, func(limit *int64, cursor *string) (*http.Response, error) {
			return ws.ListPromotions(c.Context(), ws.ID, args[0], &client.ListPromotionsParams{Limit: limit, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		return historyColumns.print(c, *asJSON, changes)
	}
	return c
}

var historyColumns = columns[client.Promotion]{
	head: []string{"ID", "WHEN", "WHAT", "BUILDS", "BY"},
	row: func(d client.Promotion) []string {
		what := string(d.Kind)
		if d.From != nil {
			what += " from " + *d.From
		}
		if d.UndoneBy != nil {
			what += ", taken back"
		}
		var builds []string
		for _, c := range d.Changes {
			builds = append(builds, fmt.Sprintf("%s %s", c.Graph, step(c.FromBuild, c.ToBuild)))
		}
		return []string{d.ID.String(), written(d.CreatedAt), what, strings.Join(builds, ", "), d.CreatedBy}
	},
	none: "nothing was assigned here yet; promote something: onset env promote ENVIRONMENT",
}
