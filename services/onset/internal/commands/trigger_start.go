package commands

import (
	"net/http"

	"github.com/spf13/cobra"
)

func start(at *server) *cobra.Command {
	var env, message, once string
	var wait bool
	var given variables
	c := &cobra.Command{
		Use:               "start NAME",
		Short:             "Start a trigger in the background",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices("triggers", "name"),
		Example:           "  onset trigger start echo --message hello --var name=Ada --wait",
	}
	c.Flags().StringVar(&env, "env", "DEV", "environment: DEV, UAT or PROD")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().StringVar(&once, "idempotency-key", "", "starts with the same key are one run")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end; the exit code is 1 when the run fails")
	completeEnvironment(c)
	given.flags(c)
	asJSON := jsonFlag(c, "the answer")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := given.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		ws.Header = idempotent(once)
		var a answer
		body := map[string]any{"message": message, "user_variables": vars}
		if err := ws.Do(c.Context(), http.MethodPost, path("/trigger/start", ws.ID, args[0], env), body, &a); err != nil {
			return unknownTrigger(args[0], err)
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
