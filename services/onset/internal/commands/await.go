package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/live"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// await follows a run until pending says that there is nothing to wait for: it
// has ended, or waits for somebody.
func (w workspace) await(c *cobra.Command, id string, pending func() (bool, error)) error {
	f := w.follow(c, id, client.Beginning)
	defer f.end()
	if more, err := pending(); err != nil || !more {
		return err
	}
	if err := f.events(c.Context(), rests); err != nil {
		return err
	}
	err := client.Settled(c.Context(), pending)
	if c.Context().Err() != nil {
		return f.broken(c.Context(), err)
	}
	return err
}

// rests wants no more when somebody should look at the run.
func rests(e client.RunEvent, _ live.Event) error {
	if e.AsksPerson() {
		return errEnough
	}
	return nil
}

// awaitRun waits for the end of a run and prints it.
func (w workspace) awaitRun(c *cobra.Command, doc json.RawMessage, asJSON bool) error {
	r, err := answered[client.Run](doc, nil)
	if err != nil {
		return err
	}
	id := r.ID.String()
	err = w.await(c, id, func() (bool, error) {
		if doc, err = reach.Answer(w.GetRun(c.Context(), w.ID, id, nil)); err != nil {
			return false, unknownRun(id, err)
		}
		r, err = answered[client.Run](doc, nil)
		return r.FinishedAt == nil && !r.RequiresInput, err
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = PrintJSON(c.OutOrStdout(), doc)
	} else {
		err = sayEnded(c.OutOrStdout(), r, doc)
	}
	return errors.Join(err, verdict(r))
}

func sayEnded(w io.Writer, r client.Run, doc json.RawMessage) error {
	fmt.Fprintf(w, "run %s is %s\n", r.ID, standing(r))
	if r.RequiresInput {
		fmt.Fprintf(w, "next: onset runs answer %s\n", r.ID)
	}
	if r.Status != client.Completed {
		return nil
	}
	return printResponse(w, doc)
}
