package commands

import (
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func start(at *server) *cobra.Command {
	var env, message, once string
	var wait bool
	var with variables
	c := &cobra.Command{
		Use:               "start NAME",
		Short:             "Start a trigger in the background",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger start echo --message hello --var name=Ada --wait",
	}
	c.Flags().StringVar(&env, "env", "DEV", "environment: DEV, UAT or PROD")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().StringVar(&once, "idempotency-key", "", "starts with the same key are one run")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end; the exit code is 1 when the run fails")
	completeEnvironment(c)
	with.flags(c)
	asJSON := jsonFlag(c, "the answer")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := with.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		params := &client.StartBackgroundParams{IdempotencyKey: given(once)}
		wanted := client.PhiniteStartWanted{Message: &message, UserVariables: vars}
		doc, err := reach.Answer(ws.StartBackground(c.Context(), ws.ID, args[0], env, params, wanted))
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		return ws.tellAnswer(c, doc, wait, *asJSON)
	}
	return c
}
