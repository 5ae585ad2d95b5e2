package commands

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
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
		changes, err := ws.pages(c.Context(), ws.path("environments", args[0], "promotions"), url.Values{}, *limit)
		if err != nil {
			return err
		}
		return historyColumns.print(c, *asJSON, changes)
	}
	return c
}

// changeDocument is what is told of a change in the history.
type changeDocument struct {
	ID        string        `json:"id"`
	Kind      string        `json:"kind"`
	From      string        `json:"from"`
	UndoneBy  string        `json:"undone_by"`
	CreatedAt time.Time     `json:"created_at"`
	CreatedBy string        `json:"created_by"`
	Changes   []buildChange `json:"changes"`
}

var historyColumns = columns[changeDocument]{
	head: []string{"ID", "WHEN", "WHAT", "BUILDS", "BY"},
	row: func(d changeDocument) []string {
		what := d.Kind
		if d.From != "" {
			what += " from " + d.From
		}
		if d.UndoneBy != "" {
			what += ", taken back"
		}
		var builds []string
		for _, c := range d.Changes {
			builds = append(builds, fmt.Sprintf("%s %s", c.Graph, c.step()))
		}
		return []string{d.ID, written(d.CreatedAt), what, strings.Join(builds, ", "), d.CreatedBy}
	},
	none: "nothing was assigned here yet; promote something: onset env promote ENVIRONMENT",
}
