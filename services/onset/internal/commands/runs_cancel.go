package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/onset/internal/client"
)

func cancelRun(at *server) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "cancel ID",
		Short: "Ask a run to end",
		Args:  Named("the id of a run"),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the whole run as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := at.open(adminKey)
		if err != nil {
			return err
		}
		own, err := ownOf(c.Context(), s)
		if err != nil {
			return err
		}
		var doc json.RawMessage
		err = s.Do(c.Context(), http.MethodPost, path("/api/v1/workspaces", own.ID, "runs", args[0], "cancel"), nil, &doc)
		var p *client.Problem
		if errors.As(err, &p) && p.Code == string(fault.AlreadyFinished) {
			return fmt.Errorf("%w\n  see how it ended: onset runs show %s", err, args[0])
		}
		if err != nil {
			return unknownRun(args[0], err)
		}
		if asJSON {
			return PrintJSON(c.OutOrStdout(), doc)
		}
		var r runDocument
		if err := json.Unmarshal(doc, &r); err != nil {
			return fmt.Errorf("read the run: %w", err)
		}
		if r.FinishedAt != nil {
			_, err = fmt.Fprintf(c.OutOrStdout(), "run %s is %s\n", r.ID, r.Status)
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "run %s is asked to end and is still %s\nnext: onset runs show %s\n", r.ID, r.Status, r.ID)
		return err
	}
	return c
}
