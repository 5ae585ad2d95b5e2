package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/table"
)

func rehearse(at *server) *cobra.Command {
	var env, message string
	var given variables
	c := &cobra.Command{
		Use:   "test NAME",
		Short: "Say what a start would do, and start nothing",
		Long: `Goes the way of a start up to the last step: the same environment, build, message
and variables, and the same reasons to refuse. The exit code is 1 when nothing
would start.`,
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices("triggers", "name"),
		Example:           "  onset trigger test echo --env PROD --message hello",
	}
	c.Flags().StringVar(&env, "env", "", "environment; the workspace's default one when it is left out")
	c.Flags().StringVar(&message, "message", "", "first message given to the graph")
	completeEnvironment(c)
	given.flags(c)
	asJSON := jsonFlag(c, "all that a start would do")
	c.RunE = func(c *cobra.Command, args []string) error {
		vars, err := given.read()
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		body := map[string]any{"message": message, "user_variables": vars}
		if env != "" {
			body["environment"] = env
		}
		var doc json.RawMessage
		if err := ws.Do(c.Context(), http.MethodPost, ws.path("triggers", args[0], "test"), body, &doc); err != nil {
			return unknownTrigger(args[0], err)
		}
		var r rehearsal
		if err := read(doc, &r); err != nil {
			return err
		}
		if err := tell(c, *asJSON, doc, sayRehearsal); err != nil || r.WouldStart {
			return err
		}
		return Verdict("nothing would start: " + r.Reason.Message)
	}
	return c
}

// rehearsal is what is told of what a start would do.
type rehearsal struct {
	WouldStart    bool            `json:"would_start"`
	AtOnce        bool            `json:"at_once"`
	Reason        notice          `json:"reason"`
	Warnings      []notice        `json:"warnings"`
	Graph         string          `json:"graph"`
	Build         int             `json:"build"`
	Environment   string          `json:"environment"`
	Message       string          `json:"message"`
	UserVariables json.RawMessage `json:"user_variables"`
	Limits        struct {
		RunSeconds int   `json:"run_seconds"`
		Running    usage `json:"running"`
		Pending    usage `json:"pending"`
	} `json:"limits"`
}

// usage is how much of something is taken.
type usage struct {
	Used int `json:"used"`
	Most int `json:"most"`
}

func sayRehearsal(w io.Writer, r rehearsal) error {
	would := "no: " + r.Reason.Message
	switch {
	case r.WouldStart && r.AtOnce:
		would = "yes, at once"
	case r.WouldStart:
		would = "yes, when a slot is free"
	}
	rows := [][]string{
		{"would start", would},
		{"graph", fmt.Sprintf("%s build %s in %s", r.Graph, number(r.Build), r.Environment)},
		{"message", r.Message},
		{"variables", string(r.UserVariables)},
		{"limits", fmt.Sprintf("%d s of execution; %d of %d runs running, %d of %d pending",
			r.Limits.RunSeconds, r.Limits.Running.Used, r.Limits.Running.Most, r.Limits.Pending.Used, r.Limits.Pending.Most)},
	}
	for _, warning := range r.Warnings {
		rows = append(rows, []string{"warning", warning.Message})
	}
	return table.Print(w, filled(rows)...)
}
