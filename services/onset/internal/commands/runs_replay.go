package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func replayRun(at *server) *cobra.Command {
	var message, build, once string
	var wait bool
	var tags []string
	var with variables
	c := &cobra.Command{
		Use:   "replay ID",
		Short: "Start a run again, as it was started or with changes",
		Long: `Starts a new run with the message, variables and tags of an old one; what you give
stands in their place. It takes the build that the old run took, or with
--build current the one that its trigger starts now.`,
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset runs replay 01890a5d-ac96-774b-bcce-b302099a8057 --build current --wait",
	}
	c.Flags().StringVar(&message, "message", "", "first message, instead of that of the old run")
	c.Flags().StringVar(&build, "build", "same", "same or current")
	c.Flags().StringVar(&once, "idempotency-key", "", "replays with the same key are one run")
	c.Flags().StringSliceVar(&tags, "tag", nil, "tags, with commas, instead of those of the old run")
	c.Flags().BoolVar(&wait, "wait", false, "wait for the end; the exit code is 1 when the run fails")
	complete(c, "build", "same", "current")
	with.flags(c)
	asJSON := jsonFlag(c, "the whole run")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := with.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		wanted := client.ReplayWanted{Build: &build, Tags: tags, UserVariables: vars}
		if c.Flags().Changed("message") {
			wanted.Message = &message
		}
		doc, err := reach.Answer(ws.ReplayRun(c.Context(), ws.ID, args[0], &client.ReplayRunParams{IdempotencyKey: given(once)}, wanted))
		if err != nil {
			return unknownRun(args[0], err)
		}
		if wait {
			return ws.awaitRun(c, doc, *asJSON)
		}
		return tell(c, *asJSON, doc, sayStarted)
	}
	return c
}

func sayStarted(w io.Writer, r client.Run) error {
	_, err := fmt.Fprintf(w, "run %s is %s\nnext: onset runs tail %s\n", r.ID, r.Status, r.ID)
	return err
}
