package commands

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/live"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func tailRun(at *server) *cobra.Command {
	var trigger string
	var since string
	c := &cobra.Command{
		Use:   "tail [ID]",
		Short: "Follow a run to its end, event by event",
		Long: `Prints what a run does while it does it, from its first event or behind the one
that --since names, and goes on by itself when the connection breaks or the
server restarts. Without an ID it follows the newest run.

The exit code is 0 when the run completed, 1 when it failed or was cancelled, and
2 when that cannot be known.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset runs tail --trigger echo\n  onset runs tail 01890a5d-ac96-774b-bcce-b302099a8057 --json",
	}
	c.Flags().StringVar(&trigger, "trigger", "", "the newest run of this trigger, by its name or id")
	c.Flags().StringVar(&since, "since", client.Beginning, "only events behind the one with this id")
	asJSON := c.Flags().Bool("json", false, "print each event as JSON, on a line of its own")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && trigger != "" {
			return errors.New("--trigger looks for a run: leave it out beside an ID")
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		id, err := ws.meant(c, args, trigger)
		if err != nil {
			return err
		}
		return ws.tail(c, id, since, *asJSON)
	}
	return c
}

// meant is the run that the arguments name, else the newest.
func (w workspace) meant(c *cobra.Command, args []string, trigger string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	newest, err := w.runs(c.Context(), client.ListRunsParams{Trigger: given(trigger)}, 1)
	if err != nil {
		return "", err
	}
	if len(newest.Items) == 0 {
		return "", fmt.Errorf("there is no run to follow%s; start one: onset trigger start NAME", of(trigger))
	}
	r, err := answered[client.Run](newest.Items[0], nil)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(c.ErrOrStderr(), "run %s\n", r.ID)
	return r.ID.String(), nil
}

// of says which trigger's runs were looked for, if only one's.
func of(trigger string) string {
	if trigger == "" {
		return ""
	}
	return fmt.Sprintf(" of a trigger %q (onset trigger list shows those that exist)", trigger)
}

// tail prints a run's events and then what it came to.
func (w workspace) tail(c *cobra.Command, id, since string, asJSON bool) error {
	out := c.OutOrStdout()
	f := w.follow(c, id, since)
	defer f.end()
	err := f.events(c.Context(), func(e client.RunEvent, told live.Event) error {
		if asJSON {
			return json.NewEncoder(out).Encode(eventLine{e.ID, e.Name, e.Raw})
		}
		if told.Name == live.Delta { // its place is the line below, until the model is done
			return nil
		}
		_, err := fmt.Fprintln(out, told.Line())
		return err
	})
	if err != nil {
		return err
	}
	doc, err := reach.Answer(w.GetRun(c.Context(), w.ID, id, nil))
	if err != nil {
		return unknownRun(id, err)
	}
	r, err := answered[client.Run](doc, nil)
	if err != nil {
		return err
	}
	if r.Status == client.Completed && !asJSON {
		err = printResponse(out, doc)
	}
	return errors.Join(err, verdict(r))
}

// eventLine is an event on a line for programs.
type eventLine struct {
	ID    string          `json:"id"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// verdict is an error for a run that has ended otherwise than by completing.
func verdict(r client.Run) error {
	switch r.Status {
	case client.Failed:
		return ended(r.ID.String(), "failed", or(r.Error))
	case client.Cancelled:
		return ended(r.ID.String(), "was cancelled", or(r.StatusReason))
	}
	return nil
}
