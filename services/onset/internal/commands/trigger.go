package commands

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
)

// Trigger groups the commands about triggers and the runs they start.
func Trigger() *cobra.Command {
	var at server
	c := &cobra.Command{Use: "trigger", Short: "Start triggers and see what became of it", GroupID: Using}
	at.flags(c)
	c.AddCommand(start(&at), status(&at), runNow(&at))
	return c
}

// workspace is the one that a key belongs to.
type workspace struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func ownOf(ctx context.Context, s client.Server) (workspace, error) {
	var me struct {
		Workspace workspace `json:"workspace"`
	}
	err := s.Do(ctx, http.MethodGet, "/api/v1/whoami", nil, &me)
	return me.Workspace, explained(err)
}

// path joins segments, each escaped.
func path(prefix string, segments ...string) string {
	for _, s := range segments {
		prefix += "/" + url.PathEscape(s)
	}
	return prefix
}

func runNow(at *server) *cobra.Command {
	var env, message string
	var asJSON bool
	var given variables
	c := &cobra.Command{
		Use:   "run NAME",
		Short: "Run a trigger of any kind now",
		Args:  Named("the name of a trigger"),
	}
	c.Flags().StringVar(&env, "env", "", "environment; the trigger's own when there is only one")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().BoolVar(&asJSON, "json", false, "print the whole run as JSON")
	given.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		s, err := at.open(userKey)
		if err != nil {
			return err
		}
		vars, err := given.read()
		if err != nil {
			return err
		}
		own, err := ownOf(c.Context(), s)
		if err != nil {
			return err
		}
		body := map[string]any{"message": message, "user_variables": vars}
		if env != "" {
			body["environment"] = env
		}
		var run map[string]any
		err = s.Do(c.Context(), http.MethodPost, path("/api/v1/workspaces", own.ID, "triggers", args[0], "run"), body, &run)
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		if asJSON {
			return PrintJSON(c.OutOrStdout(), run)
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "run %v is %v\nnext: onset trigger status %v\n", run["id"], run["status"], run["id"])
		return err
	}
	return c
}
