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
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/onset/internal/live"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// await follows a run until pending says that there is nothing to wait for: it
// has ended, or waits for somebody.
func (w workspace) await(c *cobra.Command, id string, pending func() (bool, error)) error {
	f := w.follow(c, id, client.Beginning)
	defer f.end()
	more, err := pending()
	for err == nil && more {
		if err = f.events(c.Context(), rests); err == nil {
			more, err = settled(c.Context(), pending)
		}
	}
	return err
}

// A run is told to wait before it does: between the event and the run there is a
// write. What still goes on after so many looks was answered meanwhile.
const (
	looks = 40
	look  = 50 * time.Millisecond
)

// settled is pending once the run stands as its last event said.
func settled(ctx context.Context, pending func() (bool, error)) (more bool, err error) {
	for range looks {
		if more, err = pending(); err != nil || !more {
			return more, err
		}
		select {
		case <-ctx.Done():
			return more, nil
		case <-time.After(look):
		}
	}
	return more, nil
}

// rests wants no more when somebody should look at the run.
func rests(_ client.RunEvent, e live.Event) error {
	if e.Name == "run.waiting" && run.Reason(e.Reason).OfPerson() {
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
