package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func replayRun(at *server) *cobra.Command {
	var message, build, from, input, once string
	var wait bool
	var tags []string
	var with variables
	c := &cobra.Command{
		Use:   "replay ID",
		Short: "Start a run again, as it was started or with changes",
		Long: `Starts a new run with the message, variables and tags of an old one; what you give
stands in their place. It takes the build that the old run took, or with
--build current the one that its trigger starts now.

With --from failed it keeps what the old run had finished and goes on where that
failed; with --from NODE it does that node and what is behind it anew. What is
kept is not done or paid again.`,
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset runs replay 01890a5d-ac96-774b-bcce-b302099a8057 --from failed --build current --wait",
	}
	c.Flags().StringVar(&message, "message", "", "first message, instead of that of the old run")
	c.Flags().StringVar(&from, "from", "", "failed, or the id of a node; else the start")
	c.Flags().StringVar(&input, "input", "", `JSON file like {"message": …, "user_variables": {…}}, over which --message and --var win`)
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
		wanted, err := readPatch(input)
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		wanted.Build, wanted.From, wanted.Tags = &build, given(from), tags
		maps.Copy(wanted.UserVariables, vars)
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

// readPatch reads what shall be other than it was from a file; no file says
// nothing.
func readPatch(file string) (client.ReplayWanted, error) {
	patch := struct {
		Message       *string        `json:"message"`
		UserVariables map[string]any `json:"user_variables"`
	}{}
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return client.ReplayWanted{}, fmt.Errorf("--input: %w", err)
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&patch); err != nil {
			return client.ReplayWanted{}, fmt.Errorf("--input: %s holds no object with message and user_variables: %w", file, err)
		}
	}
	if patch.UserVariables == nil {
		patch.UserVariables = map[string]any{}
	}
	return client.ReplayWanted{Message: patch.Message, UserVariables: patch.UserVariables}, nil
}

func sayStarted(w io.Writer, r client.Run) error {
	_, err := fmt.Fprintf(w, "run %s is %s\nnext: onset runs tail %s\n", r.ID, r.Status, r.ID)
	return err
}
