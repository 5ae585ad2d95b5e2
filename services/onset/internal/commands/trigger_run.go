package commands

import (
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func runNow(at *server) *cobra.Command {
	var env, message string
	var wait bool
	var tags []string
	var with variables
	c := &cobra.Command{
		Use:               "run NAME",
		Short:             "Run a trigger of any kind now",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger run nightly --wait",
	}
	c.Flags().StringVar(&env, "env", "", "environment; the trigger's own when there is only one")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	c.Flags().StringSliceVar(&tags, "tag", nil, "tags to find the run by, with commas")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end; the exit code is 1 when the run fails")
	completeEnvironment(c)
	with.flags(c)
	asJSON := jsonFlag(c, "the whole run")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := with.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), userKey)
		if err != nil {
			return err
		}
		wanted := client.RunWanted{Environment: given(env), Message: &message, Tags: tags, UserVariables: vars}
		doc, err := reach.Answer(ws.RunTrigger(c.Context(), ws.ID, args[0], nil, wanted))
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		if wait {
			return ws.awaitRun(c, doc, *asJSON)
		}
		return tell(c, *asJSON, doc, sayStarted)
	}
	return c
}
