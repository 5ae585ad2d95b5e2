package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
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

// The words of the status call.
const (
	pending   = "pending"
	completed = "completed"
	failed    = "failed"
)

func status(at *server) *cobra.Command {
	var wait, asJSON bool
	c := &cobra.Command{
		Use:   "status ID",
		Short: "Say how a run stands",
		Args:  Named("the id of a run"),
	}
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end")
	c.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := at.open(userKey)
		if err != nil {
			return err
		}
		own, err := ownOf(c.Context(), s)
		if err != nil {
			return err
		}
		a, err := ask(c.Context(), s, own.ID, args[0])
		if err != nil {
			return err
		}
		if wait {
			if a, err = await(c.Context(), s, own.ID, a, c.ErrOrStderr()); err != nil {
				return err
			}
		}
		return a.print(c.OutOrStdout(), asJSON)
	}
	return c
}

func ask(ctx context.Context, s client.Server, ws, id string) (a answer, err error) {
	err = s.Do(ctx, http.MethodGet, path("/trigger/status", ws, id), nil, &a)
	var p *client.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return a, fmt.Errorf("there is no run %q in the key's workspace", id)
	}
	return a, explained(err)
}

// How often a waiting command asks: soon at first, because most runs are short.
const (
	soonest = 100 * time.Millisecond
	latest  = 5 * time.Second
)

// await asks until the run is no longer pending and tells the time that passes.
func await(ctx context.Context, s client.Server, ws string, a answer, progress io.Writer) (answer, error) {
	began := time.Now()
	for pause := soonest; a.Status == pending; pause = min(pause*3/2, latest) {
		select {
		case <-ctx.Done():
			return a, fmt.Errorf("stopped waiting; the run goes on: onset trigger status %s", a.WorkflowID)
		case <-time.After(pause):
		}
		if waited := time.Since(began); waited > time.Second {
			fmt.Fprintf(progress, "run %s is pending after %s\n", a.WorkflowID, waited.Round(time.Second))
		}
		var err error
		if a, err = ask(ctx, s, ws, a.WorkflowID); err != nil {
			return a, err
		}
	}
	return a, nil
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
			fmt.Fprintf(w, "next: onset trigger status %s --wait\n", a.WorkflowID)
		}
	}
	if a.Status == failed {
		reason := "no reason was given"
		if a.Error != nil {
			reason = *a.Error
		}
		return fmt.Errorf("run %s failed: %s", a.WorkflowID, reason)
	}
	return nil
}
