package commands

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
)

func listUpcoming(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "upcoming NAME",
		Short:             "List the next moments of a schedule",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger upcoming nightly --count 10",
	}
	count := c.Flags().Int64("count", 5, "how many, 1 to 100")
	asJSON := jsonFlag(c, "the moments")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *count < 1 || *count > 100 {
			return fmt.Errorf("--count: %d is not a number from 1 to 100", *count)
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if err := ws.scheduled(c.Context(), args[0]); err != nil {
			return err
		}
		moments, err := pages(int(*count), func(*int64, *string) (*http.Response, error) {
			return ws.ListUpcoming(c.Context(), ws.ID, args[0], &client.ListUpcomingParams{Count: count})
		})
		if err != nil {
			return err
		}
		return momentColumns.print(c, *asJSON, moments)
	}
	return c
}

var momentColumns = columns[client.Moment]{
	head: []string{"MOMENT", "ON ITS CLOCKS", "NOTE"},
	row: func(m client.Moment) []string {
		return []string{written(m.At), m.Local, or(m.Note)}
	},
	none: "nothing is to come: the trigger is paused, or its schedule has ended; onset trigger show tells which",
}
