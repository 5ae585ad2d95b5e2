package commands

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/trigger"
)

func listDeliveries(at *server) *cobra.Command {
	var of, env, since string
	var outcomes []string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List what arrived, newest first, with what became of it",
		Args:    cobra.NoArgs,
		Example: "  onset deliveries list --trigger issues --outcome refused,rejected --since 24h",
	}
	c.Flags().StringVar(&of, "trigger", "", "only what came to this trigger, by its name or id")
	c.Flags().StringVar(&env, "env", "", "only what came to this environment: DEV, UAT or PROD")
	c.Flags().StringSliceVar(&outcomes, "outcome", nil, "only what came to these ends, with commas: started, duplicate, filtered, looped, handshake, captured, refused, rejected")
	c.Flags().StringVar(&since, "since", "", "only what came since: a duration such as 24h, or a time such as 2026-03-29T07:00:00Z")
	complete(c, "outcome", trigger.Outcomes...)
	completeEnvironment(c)
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "the deliveries")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		wanted := client.ListDeliveriesParams{Trigger: given(of), Environment: given(env), Outcome: deliveredOutcomes(outcomes)}
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
		all, err := ws.deliveries(c.Context(), wanted, *limit)
		if err != nil {
			return err
		}
		return deliveryColumns.print(c, *asJSON, all)
	}
	return c
}

func (w workspace) deliveries(ctx context.Context, wanted client.ListDeliveriesParams, limit int) (list, error) {
	return pages(limit, func(limit *int64, cursor *string) (*http.Response, error) {
		wanted.Limit, wanted.Cursor = limit, cursor
		return w.ListDeliveries(ctx, w.ID, &wanted)
	})
}

// someDeliveries are offered to who types an id.
func someDeliveries(ctx context.Context, w workspace) (list, error) {
	return w.deliveries(ctx, client.ListDeliveriesParams{}, offered)
}

var deliveryColumns = columns[client.DeliveryRow]{
	head: []string{"ID", "RECEIVED", "TRIGGER", "ENV", "EVENT", "OUTCOME", "RUN OR REASON"},
	row: func(d client.DeliveryRow) []string {
		return []string{d.ID.String(), written(d.ReceivedAt), d.Trigger, d.Environment, or(d.Event), string(d.Outcome), came(d.RunID, d.Reason)}
	},
	none: "no such deliveries; onset trigger show NAME tells where a webhook arrives",
}
