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

func showDelivery(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a delivery as it arrived, and its way",
		Args:              Named("the id of a delivery"),
		ValidArgsFunction: at.choices(someDeliveries, "id"),
		Example:           "  onset deliveries show 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	asJSON := jsonFlag(c, "the whole delivery")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.GetDelivery(c.Context(), ws.ID, args[0]))
		if err != nil {
			return unknownDelivery(args[0], err)
		}
		return tell(c, *asJSON, doc, printDelivery)
	}
	return c
}

// printDelivery writes what became of it, its way, and what arrived.
func printDelivery(w io.Writer, d client.Delivery) error {
	rows := [][]string{
		{"delivery", d.ID.String()},
		{"received", fmt.Sprintf("%s from %s at %s in %s", written(d.ReceivedAt), d.Source, d.Trigger, d.Environment)},
		{"outcome", strings.TrimSpace(fmt.Sprintf("%s %s", d.Outcome, came(d.RunID, d.Reason)))},
	}
	for _, more := range [][]string{{"event", or(d.Event)}, {"subject", or(d.Subject)}, {"actor", or(d.Actor)}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	if d.ReplayOf != nil {
		rows = append(rows, []string{"replay of", d.ReplayOf.String()})
	}
	for _, s := range d.Stages {
		rows = append(rows, []string{s.Stage, or(s.Note)})
	}
	if err := table.Print(w, rows...); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(d.Headers)) {
		fmt.Fprintf(w, "%s: %s\n", name, strings.Join(d.Headers[name], ", "))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", d.Body)
	return err
}
