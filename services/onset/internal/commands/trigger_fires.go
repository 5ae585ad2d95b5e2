package commands

import (
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
)

func listFires(at *server) *cobra.Command {
	var env, disposition, since string
	c := &cobra.Command{
		Use:               "fires NAME",
		Short:             "List the past moments of a schedule, newest first, with what became of each",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger fires nightly --since 7d\n  onset trigger fires nightly --disposition skipped_overlap",
	}
	c.Flags().StringVar(&env, "env", "", "only moments in this environment: DEV, UAT or PROD")
	c.Flags().StringVar(&disposition, "disposition", "", "only moments that became this, such as started or skipped_misfire")
	c.Flags().StringVar(&since, "since", "", "only moments since: a duration such as 24h, or a time such as 2026-03-29T07:00:00Z")
	completeEnvironment(c)
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "the moments")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		wanted := client.ListFiresParams{Environment: given(env), Disposition: given(disposition)}
		if since != "" {
			moment, err := ago("--since", since, time.Now())
			if err != nil {
				return err
			}
			wanted.Since = &moment
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if err := ws.scheduled(c.Context(), args[0]); err != nil {
			return err
		}
		fires, err := pages(*limit, func(limit *int64, cursor *string) (*http.Response, error) {
			wanted.Limit, wanted.Cursor = limit, cursor
			return ws.ListFires(c.Context(), ws.ID, args[0], &wanted)
		})
		if err != nil {
			return err
		}
		return fireColumns.print(c, *asJSON, fires)
	}
	return c
}

var fireColumns = columns[client.Fire]{
	head: []string{"MOMENT", "UNTIL", "MOMENTS", "ENV", "BECAME", "RUN OR REASON"},
	row: func(f client.Fire) []string {
		return []string{written(f.NominalAt), written(f.Until), strconv.FormatInt(f.Count, 10), f.Environment, f.Disposition, came(f.RunID, f.Reason)}
	},
	none: "no such moments; onset trigger upcoming shows those that come",
}
