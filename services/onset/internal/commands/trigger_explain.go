package commands

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func explainTrigger(at *server) *cobra.Command {
	var moment, env string
	c := &cobra.Command{
		Use:               "explain NAME",
		Short:             "Say why a trigger ran at a moment, or did not, and what it would do now",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger explain nightly --at 2026-03-29T07:00:00Z\n  onset trigger explain issues --at 5m --env DEV",
	}
	c.Flags().StringVar(&moment, "at", "0s", "the moment: a time such as 2026-03-29T07:00:00Z, or how long ago it was, such as 5m")
	c.Flags().StringVar(&env, "env", "", "where: DEV, UAT or PROD; empty means the first in which the trigger starts runs")
	completeEnvironment(c)
	asJSON := jsonFlag(c, "the whole explanation")
	c.RunE = func(c *cobra.Command, args []string) error {
		when, err := ago("--at", moment, time.Now())
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		t, err := ws.trigger(c.Context(), args[0])
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.ExplainTrigger(c.Context(), ws.ID, args[0], &client.ExplainTriggerParams{At: &when, Environment: given(env)}))
		if err != nil {
			return explained(err)
		}
		return tell(c, *asJSON, doc, func(w io.Writer, e client.TriggerExplained) error { return sayExplained(w, t, e) })
	}
	return c
}

// sayExplained answers the question first, and tells then what happened around
// the moment.
func sayExplained(w io.Writer, t client.Trigger, e client.TriggerExplained) error {
	rows := [][]string{{"at", written(e.At)}}
	if t.Kind == schedule {
		rows = append(rows, []string{"schedule", expected(e)}, []string{"became", became(e.Fire)})
	}
	rows = append(rows, []string{"would now be", because(e.WouldNow.Disposition, e.WouldNow.Reason)})
	if err := table.Print(w, rows...); err != nil {
		return err
	}
	arrived := [][]string{{"ARRIVED", "OUTCOME", "RUN OR REASON"}}
	for _, d := range e.Deliveries {
		arrived = append(arrived, []string{written(d.ReceivedAt), string(d.Outcome), came(d.RunID, d.Reason)})
	}
	changed := [][]string{{"CHANGED", "BY", "WHAT"}}
	for _, h := range e.History {
		changed = append(changed, []string{written(h.At), h.Actor, h.What})
	}
	for _, rows := range [][][]string{arrived, changed} {
		if len(rows) == 1 {
			continue
		}
		fmt.Fprintln(w)
		if err := table.Print(w, rows...); err != nil {
			return err
		}
	}
	return nil
}

func expected(e client.TriggerExplained) string {
	if e.Expected {
		return "has a moment then"
	}
	return "has no moment in that second (onset trigger fires lists those that passed)"
}

// became is what is recorded of a moment.
func became(f *client.Fire) string {
	if f == nil {
		return "nothing is recorded"
	}
	if f.RunID != nil {
		return f.Disposition + ": run " + f.RunID.String()
	}
	return because(f.Disposition, f.Reason)
}

func because(what string, why *string) string {
	if why == nil {
		return what
	}
	return what + ": " + *why
}
