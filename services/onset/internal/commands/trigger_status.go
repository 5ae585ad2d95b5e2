package commands

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

// answer is how a run stands, as the start and status calls say it.
type answer struct {
	WorkflowID    string         `json:"workflow_id"`
	Response      map[string]any `json:"response"`
	Status        string         `json:"status"`
	Logs          []any          `json:"logs"`
	RequiresInput bool           `json:"requires_input"`
	Error         *string        `json:"error"`
}

// The words of the status call and, with running, of runs.
const (
	pending   = "pending"
	running   = "running"
	completed = "completed"
	failed    = "failed"
)

func status(at *server) *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use:               "status ID",
		Short:             "Say how a run stands",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices("runs", "id"),
		Example:           "  onset trigger status 01890a5d-ac96-774b-bcce-b302099a8057 --wait",
	}
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end")
	asJSON := jsonFlag(c, "the answer")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		a, err := ws.ask(c.Context(), args[0])
		if err != nil {
			return err
		}
		if wait {
			if a, err = ws.awaitAnswer(c, a); err != nil {
				return err
			}
		}
		return a.print(c.OutOrStdout(), *asJSON)
	}
	return c
}

func (w workspace) ask(ctx context.Context, id string) (a answer, err error) {
	if err := w.Do(ctx, http.MethodGet, path("/trigger/status", w.ID, id), nil, &a); err != nil {
		return a, unknownRun(id, err)
	}
	return a, nil
}

// awaitAnswer waits until a run is no longer pending.
func (w workspace) awaitAnswer(c *cobra.Command, a answer) (answer, error) {
	id := a.WorkflowID
	err := w.await(c, id, func() (more bool, err error) {
		a, err = w.ask(c.Context(), id)
		return a.Status == pending, err
	})
	return a, err
}

// print tells how the run stands; a run that failed is an error, so that
// scripts notice.
func (a answer) print(w io.Writer, asJSON bool) error {
	if asJSON {
		if err := PrintJSON(w, a); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "run %s is %s\n", a.WorkflowID, a.Status)
		if a.Status == completed {
			if err := PrintJSON(w, a.Response); err != nil {
				return err
			}
		}
		if a.Status == pending {
			fmt.Fprintf(w, "next: onset runs tail %s\n", a.WorkflowID)
		}
	}
	if a.Status == failed {
		var why string
		if a.Error != nil {
			why = *a.Error
		}
		return ended(a.WorkflowID, a.Status, why)
	}
	return nil
}
