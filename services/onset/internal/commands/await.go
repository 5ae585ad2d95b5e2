package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
	"github.com/onsethq/onset/services/onset/internal/live"
)

// await follows a run until pending says that there is nothing to wait for: it
// has ended, or waits for somebody.
func (w workspace) await(c *cobra.Command, run string, pending func() (bool, error)) error {
	f := w.follow(c, run, client.Beginning)
	defer f.end()
	for {
		more, err := pending()
		if err != nil || !more {
			return err
		}
		if err := f.events(c.Context(), rests); err != nil {
			return err
		}
	}
}

// rests wants no more when somebody should look at the run.
func rests(_ client.Event, e live.Event) error {
	if e.Name == "run.waiting" {
		return errEnough
	}
	return nil
}

// awaitRun waits for the end of a run and prints it.
func (w workspace) awaitRun(c *cobra.Command, doc json.RawMessage, asJSON bool) error {
	var r runDocument
	if err := read(doc, &r); err != nil {
		return err
	}
	id := r.ID
	err := w.await(c, id, func() (bool, error) {
		if err := w.Do(c.Context(), http.MethodGet, w.path("runs", id), nil, &doc); err != nil {
			return false, unknownRun(id, err)
		}
		r = runDocument{}
		if err := read(doc, &r); err != nil {
			return false, err
		}
		return r.Status == pending || r.Status == running, nil
	})
	if err != nil {
		return err
	}
	if err := tell(c, asJSON, doc, sayEnded); err != nil {
		return err
	}
	return r.verdict()
}

func sayEnded(w io.Writer, r runDocument) error {
	fmt.Fprintf(w, "run %s is %s\n", r.ID, r.standing())
	return r.outcome(w)
}
