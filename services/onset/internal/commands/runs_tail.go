package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
	"github.com/onsethq/onset/services/onset/internal/live"
)

func tailRun(at *server) *cobra.Command {
	var trigger string
	var since int
	c := &cobra.Command{
		Use:   "tail [ID]",
		Short: "Follow a run to its end, event by event",
		Long: `Prints what a run does while it does it, from its first event or behind the one
that --since names, and goes on by itself when the connection breaks or the
server restarts. Without an ID it follows the newest run.

The exit code is 0 when the run completed, 1 when it failed or was cancelled, and
2 when that cannot be known.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: at.choices("runs", "id"),
		Example:           "  onset runs tail --trigger echo\n  onset runs tail 01890a5d-ac96-774b-bcce-b302099a8057 --json",
	}
	c.Flags().StringVar(&trigger, "trigger", "", "the newest run of this trigger, by its name or id")
	c.Flags().IntVar(&since, "since", client.Beginning, "only events behind the one with this number")
	asJSON := c.Flags().Bool("json", false, "print each event as JSON, on a line of its own")
	c.RunE = func(c *cobra.Command, args []string) error {
		if since < client.Beginning {
			return fmt.Errorf("--since: %d is not the number of an event, which is 0 or more", since)
		}
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
	query := url.Values{}
	if trigger != "" {
		query.Set("trigger", trigger)
	}
	newest, err := w.pages(c.Context(), w.path("runs"), query, 1)
	if err != nil {
		return "", err
	}
	if len(newest.Items) == 0 {
		return "", errors.New("there is no run to follow; start one: onset trigger start NAME")
	}
	var r runDocument
	if err := read(newest.Items[0], &r); err != nil {
		return "", err
	}
	fmt.Fprintf(c.ErrOrStderr(), "run %s\n", r.ID)
	return r.ID, nil
}

// tail prints a run's events and then what it came to.
func (w workspace) tail(c *cobra.Command, id string, since int, asJSON bool) error {
	out := c.OutOrStdout()
	f := w.follow(c, id, since)
	defer f.end()
	err := f.events(c.Context(), func(e client.Event, told live.Event) error {
		if asJSON {
			return json.NewEncoder(out).Encode(e)
		}
		_, err := fmt.Fprintln(out, told.Line())
		return err
	})
	if err != nil {
		return err
	}
	r, err := w.run(c, id)
	if err != nil {
		return err
	}
	if !asJSON {
		err = r.outcome(out)
	}
	return errors.Join(err, r.verdict())
}

// run reads a run.
func (w workspace) run(c *cobra.Command, id string) (r runDocument, err error) {
	if err := w.Do(c.Context(), http.MethodGet, w.path("runs", id), nil, &r); err != nil {
		return r, unknownRun(id, err)
	}
	return r, nil
}

// outcome prints what a run that has completed answers.
func (r runDocument) outcome(w io.Writer) error {
	if r.Status != completed {
		return nil
	}
	return PrintJSON(w, r.Response)
}

// verdict is an error for a run that has ended otherwise than by completing.
func (r runDocument) verdict() error {
	switch {
	case r.Status == failed:
		return ended(r.ID, r.Status, r.Error)
	case r.FinishedAt != nil && r.Status != completed:
		return ended(r.ID, "was "+r.Status, r.StatusReason)
	}
	return nil
}
