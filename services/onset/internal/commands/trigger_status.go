package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func status(at *server) *cobra.Command {
	var wait bool
	c := &cobra.Command{
		Use:               "status ID",
		Short:             "Say how a run stands",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset trigger status 01890a5d-ac96-774b-bcce-b302099a8057 --wait",
	}
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end")
	asJSON := jsonFlag(c, "the answer")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		doc, err := ws.ask(c.Context(), args[0])
		if err != nil {
			return err
		}
		return ws.tellAnswer(c, doc, wait, *asJSON)
	}
	return c
}

func (w workspace) ask(ctx context.Context, id string) (json.RawMessage, error) {
	doc, err := reach.Answer(w.GetStatus(ctx, w.ID, id, nil))
	if err != nil {
		return nil, unknownRun(id, err)
	}
	return doc, nil
}

// What the status call says of a run that there is nothing to say of yet, and of
// one that waits for a person.
const (
	pending         = "pending"
	waitingForInput = "waiting_for_input"
)

// tellAnswer tells how a run stands, at once or when it is no longer pending. A
// run that failed is an error, so that scripts notice.
func (w workspace) tellAnswer(c *cobra.Command, doc json.RawMessage, wait, asJSON bool) error {
	a, err := answered[client.PhiniteAnswer](doc, nil)
	if err != nil {
		return err
	}
	id := a.WorkflowID
	if wait {
		err = w.await(c, id, func() (more bool, err error) {
			if doc, err = w.ask(c.Context(), id); err != nil {
				return false, err
			}
			a, err = answered[client.PhiniteAnswer](doc, nil)
			return a.Status == pending, err
		})
	}
	if err != nil {
		return err
	}
	if err := printAnswer(c, doc, a, asJSON); err != nil {
		return err
	}
	if a.Status == string(client.Failed) {
		return ended(id, a.Status, or(a.Error))
	}
	return nil
}

func printAnswer(c *cobra.Command, doc json.RawMessage, a client.PhiniteAnswer, asJSON bool) error {
	w := c.OutOrStdout()
	if asJSON {
		return PrintJSON(w, doc)
	}
	fmt.Fprintf(w, "run %s is %s\n", a.WorkflowID, a.Status)
	switch a.Status {
	case string(client.Completed):
		return printResponse(w, doc)
	case pending:
		fmt.Fprintf(w, "next: onset runs tail %s\n", a.WorkflowID)
	case waitingForInput:
		fmt.Fprintf(w, "next: onset runs answer %s\n", a.WorkflowID)
	}
	return nil
}
