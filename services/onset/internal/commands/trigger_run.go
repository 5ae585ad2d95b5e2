package commands

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func runNow(at *server) *cobra.Command {
	var env, message string
	var wait bool
	var tags []string
	var given variables
	c := &cobra.Command{
		Use:               "run NAME",
		Short:             "Run a trigger of any kind now",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices("triggers", "name"),
		Example:           "  onset trigger run nightly --wait",
	}
	c.Flags().StringVar(&env, "env", "", "environment; the trigger's own when there is only one")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().StringSliceVar(&tags, "tag", nil, "tags to find the run by, with commas")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end; the exit code is 1 when the run fails")
	completeEnvironment(c)
	given.flags(c)
	asJSON := jsonFlag(c, "the whole run")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := given.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		body := map[string]any{"message": message, "user_variables": vars}
		if env != "" {
			body["environment"] = env
		}
		if len(tags) > 0 {
			body["tags"] = tags
		}
		var doc json.RawMessage
		if err := ws.Do(c.Context(), http.MethodPost, ws.path("triggers", args[0], "run"), body, &doc); err != nil {
			return unknownTrigger(args[0], err)
		}
		if wait {
			return ws.awaitRun(c, doc, *asJSON)
		}
		return tell(c, *asJSON, doc, sayStarted)
	}
	return c
}
