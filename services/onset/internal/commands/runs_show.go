package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/table"
)

func showRun(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a run and its steps",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices("runs", "id"),
		Example:           "  onset runs show 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	asJSON := jsonFlag(c, "the whole run and its steps")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		var doc json.RawMessage
		of := ws.path("runs", args[0])
		if err := ws.Do(c.Context(), http.MethodGet, of, nil, &doc); err != nil {
			return unknownRun(args[0], err)
		}
		steps, err := ws.pages(c.Context(), of+"/steps", url.Values{}, allSteps)
		if err != nil {
			return err
		}
		if *asJSON {
			return PrintJSON(c.OutOrStdout(), map[string]any{"run": doc, "steps": steps})
		}
		return printRun(c.OutOrStdout(), doc, steps)
	}
	return c
}

// allSteps is more than a run can have.
const allSteps = 1_000_000

// step is what is told of a step in a table.
type step struct {
	Node      string     `json:"node_id"`
	Kind      string     `json:"kind"`
	Iteration int        `json:"iteration"`
	Call      string     `json:"call"`
	Status    string     `json:"status"`
	Error     string     `json:"error"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at"`
}

// printRun writes what a person asks first of a run, and then its steps.
func printRun(w io.Writer, doc json.RawMessage, steps list) error {
	var r runDocument
	if err := read(doc, &r); err != nil {
		return err
	}
	told := make([]step, len(steps.Items))
	for i, raw := range steps.Items {
		if err := read(raw, &told[i]); err != nil {
			return err
		}
	}
	if err := table.Print(w, r.lines()...); err != nil {
		return err
	}
	if len(told) > 0 {
		fmt.Fprintln(w)
		if err := table.Print(w, stepRows(told)...); err != nil {
			return err
		}
	}
	if r.Status != completed {
		return nil
	}
	fmt.Fprintln(w, "\nresponse")
	return PrintJSON(w, r.Response)
}

func (r runDocument) lines() [][]string {
	by := r.Cause.Kind
	if r.Trigger != "" {
		by = fmt.Sprintf("%s (%s)", r.Trigger, r.Cause.Kind)
	}
	rows := [][]string{
		{"run", r.ID},
		{"status", r.standing()},
		{"graph", fmt.Sprintf("%s build %d in %s", r.Graph, r.Build, r.Environment)},
		{"started by", by},
		{"created", written(r.CreatedAt)},
		{"time", fmt.Sprintf("waited %s, ran %s, attempts %d", lasted(r.QueuedMS), lasted(r.RunMS), r.Attempts)},
	}
	for _, more := range [][]string{{"replay of", r.Cause.ReplayOf}, {"tags", strings.Join(r.Tags, ", ")}, {"message", r.Message}, {"error", r.Error}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	return rows
}

func stepRows(steps []step) [][]string {
	rows := [][]string{{"STEP", "KIND", "STATUS", "TOOK", "ERROR"}}
	for _, s := range steps {
		took := "-"
		if s.EndedAt != nil {
			took = s.EndedAt.Sub(s.StartedAt).String()
		}
		rows = append(rows, []string{s.name(), s.Kind, s.Status, took, s.Error})
	}
	return rows
}

// name is the node, which time of it when it is not the first, and what was
// called inside it.
func (s step) name() string {
	name := s.Node
	if s.Iteration > 0 {
		name = fmt.Sprintf("%s[%d]", name, s.Iteration)
	}
	if s.Call != "" {
		name += " " + s.Call
	}
	return name
}
