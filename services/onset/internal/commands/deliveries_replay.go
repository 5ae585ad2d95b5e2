package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// again is which deliveries are sent again, and how.
type again struct {
	trigger, env, since, once string
	outcomes                  []string
	limit                     int
	dry                       bool
}

func replayDeliveries(at *server) *cobra.Command {
	var a again
	c := &cobra.Command{
		Use:   "replay [ID]",
		Short: "Send a delivery again, or all of a trigger that came to some end",
		Long: `Sends a delivery again: its trigger, as it is now, decides what becomes of it.
Without an id it sends what came to the --trigger and ended as --outcome says,
in the order of its arrival. What was not verified is never sent again.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: at.choices(someDeliveries, "id"),
		Example: "  onset deliveries replay 01890a5d-ac96-774b-bcce-b302099a8057 --dry-run\n" +
			"  onset deliveries replay --trigger issues --outcome refused --since 2h",
	}
	a.flags(c)
	asJSON := jsonFlag(c, "what became of each")
	c.RunE = func(c *cobra.Command, args []string) error {
		if (len(args) == 0) == (a.trigger == "") {
			return errors.New("say which: the id of a delivery, or --trigger for those of a trigger")
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if len(args) > 0 {
			wanted := client.DeliveryReplayWanted{DryRun: &a.dry, Environment: given(a.env)}
			doc, err := reach.Answer(ws.ReplayDelivery(c.Context(), ws.ID, args[0], &client.ReplayDeliveryParams{IdempotencyKey: given(a.once)}, wanted))
			if err != nil {
				return unknownDelivery(args[0], err)
			}
			return tell(c, *asJSON, doc, func(w io.Writer, d client.DeliveryReplayed) error { return printReplayed(w, d) })
		}
		doc, err := a.many(c.Context(), ws)
		if err != nil {
			return err
		}
		return tell(c, *asJSON, doc, func(w io.Writer, d client.ManyReplayed) error { return printReplayed(w, d.Items...) })
	}
	return c
}

func (a *again) flags(c *cobra.Command) {
	c.Flags().StringVar(&a.trigger, "trigger", "", "what came to this trigger, by its name or id")
	c.Flags().StringVar(&a.env, "env", "", "with an id: another environment to send it to; else only what came to this one")
	c.Flags().StringSliceVar(&a.outcomes, "outcome", []string{string(trigger.DeliveryRefused)}, "what came to these ends, with commas")
	c.Flags().StringVar(&a.since, "since", "", "what came since: a duration such as 24h, or a time such as 2026-03-29T07:00:00Z")
	c.Flags().StringVar(&a.once, "idempotency-key", "", "replays with the same key are one run of each delivery")
	c.Flags().IntVar(&a.limit, "limit", largestPage, "how many at most, the newest of them")
	c.Flags().BoolVar(&a.dry, "dry-run", false, "only say what would become of each")
	complete(c, "outcome", trigger.Outcomes...)
	completeEnvironment(c)
}

// many sends all that are meant, at most as many as the API takes at once.
func (a again) many(ctx context.Context, ws workspace) (json.RawMessage, error) {
	if a.limit < 1 || a.limit > largestPage {
		return nil, fmt.Errorf("--limit: %d is not a number from 1 to %d", a.limit, largestPage)
	}
	most := int64(a.limit)
	wanted := client.ManyReplayWanted{
		Trigger: a.trigger, Environment: given(a.env), Outcomes: deliveredOutcomes(a.outcomes), Limit: &most, DryRun: &a.dry,
	}
	if a.since != "" {
		since, err := ago("--since", a.since, time.Now())
		if err != nil {
			return nil, err
		}
		text := since.UTC().Format(time.RFC3339)
		wanted.Since = &text
	}
	doc, err := reach.Answer(ws.ReplayDeliveries(ctx, ws.ID, &client.ReplayDeliveriesParams{IdempotencyKey: given(a.once)}, wanted))
	if err != nil {
		return nil, unknownTrigger(a.trigger, err)
	}
	return doc, nil
}

// printReplayed writes what became of deliveries that were sent again.
func printReplayed(w io.Writer, all ...client.DeliveryReplayed) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "nothing is sent again: no delivery came to such an end")
		return err
	}
	rows := [][]string{{"REPLAY OF", "OUTCOME", "RUN OR REASON"}}
	for _, d := range all {
		rows = append(rows, []string{d.ReplayOf.String(), d.Outcome, came(d.RunID, d.Reason)})
	}
	return table.Print(w, rows...)
}
