package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/onset/internal/client"
)

func cancelRun(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "cancel ID",
		Short:             "Ask a run to end",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices("runs", "id"),
		Example:           "  onset runs cancel 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	asJSON := jsonFlag(c, "the whole run")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		var doc json.RawMessage
		err = ws.Do(c.Context(), http.MethodPost, ws.path("runs", args[0], "cancel"), nil, &doc)
		var p *client.Problem
		if errors.As(err, &p) && p.Code == string(fault.AlreadyFinished) {
			return fmt.Errorf("%w\n  see how it ended: onset runs show %s", err, args[0])
		}
		if err != nil {
			return unknownRun(args[0], err)
		}
		return tell(c, *asJSON, doc, sayCancelled)
	}
	return c
}

func sayCancelled(w io.Writer, r runDocument) (err error) {
	if r.FinishedAt != nil {
		_, err = fmt.Fprintf(w, "run %s is %s\n", r.ID, r.Status)
		return err
	}
	_, err = fmt.Fprintf(w, "run %s is asked to end and is still %s\nnext: onset runs tail %s\n", r.ID, r.Status, r.ID)
	return err
}
