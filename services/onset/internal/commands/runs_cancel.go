package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func cancelRun(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "cancel ID",
		Short:             "Ask a run to end",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset runs cancel 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	asJSON := jsonFlag(c, "the whole run")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.CancelRun(c.Context(), ws.ID, args[0], client.CancelRunJSONRequestBody{}))
		if client.Refused(err, client.AlreadyFinished) {
			return fmt.Errorf("%w\n  see how it ended: onset runs show %s", explained(err), args[0])
		}
		if err != nil {
			return unknownRun(args[0], err)
		}
		return tell(c, *asJSON, doc, sayCancelled)
	}
	return c
}

func sayCancelled(w io.Writer, r client.Run) (err error) {
	if r.FinishedAt != nil {
		_, err = fmt.Fprintf(w, "run %s is %s\n", r.ID, r.Status)
		return err
	}
	_, err = fmt.Fprintf(w, "run %s is asked to end and is still %s\nnext: onset runs tail %s\n", r.ID, r.Status, r.ID)
	return err
}
