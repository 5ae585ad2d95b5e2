package commands

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func rehearse(at *server) *cobra.Command {
	var env, message string
	var with variables
	c := &cobra.Command{
		Use:   "test NAME",
		Short: "Say what a start would do, and start nothing",
		Long: `Goes the way of a start up to the last step: the same environment, build, message
and variables, and the same reasons to refuse. The exit code is 1 when nothing
would start.`,
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger test echo --env PROD --message hello",
	}
	c.Flags().StringVar(&env, "env", "", "environment; the workspace's default one when it is left out")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	completeEnvironment(c)
	with.flags(c)
	asJSON := jsonFlag(c, "all that a start would do")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := with.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		wanted := client.RehearsalWanted{Environment: given(env), Message: &message, UserVariables: vars}
		doc, err := reach.Answer(ws.TestTrigger(c.Context(), ws.ID, args[0], wanted))
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		r, err := answered[client.Rehearsal](doc, nil)
		if err != nil {
			return err
		}
		if err := tell(c, *asJSON, doc, sayRehearsal); err != nil || r.WouldStart {
			return err
		}
		return Verdict("nothing would start: " + or(r.Reason).Message)
	}
	return c
}

func sayRehearsal(w io.Writer, r client.Rehearsal) error {
	would := "no: " + or(r.Reason).Message
	switch {
	case r.WouldStart && r.AtOnce:
		would = "yes, at once"
	case r.WouldStart:
		would = "yes, when a slot is free"
	}
	vars, err := json.Marshal(r.UserVariables)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"would start", would},
		{"graph", fmt.Sprintf("%s build %s in %s", r.Graph, number(r.Build), r.Environment)},
		{"message", r.Message},
		{"variables", string(vars)},
		{"limits", fmt.Sprintf("%d s of execution; %d of %d runs running, %d of %d pending",
			r.Limits.RunSeconds, r.Limits.Running.Used, r.Limits.Running.Most, r.Limits.Pending.Used, r.Limits.Pending.Most)},
	}
	for _, warning := range r.Warnings {
		rows = append(rows, []string{"warning", warning.Message})
	}
	return table.Print(w, filled(rows)...)
}
