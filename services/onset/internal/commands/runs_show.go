package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func showRun(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a run and its steps",
		Args:              Named("the id of a run"),
		ValidArgsFunction: at.choices(someRuns, "id"),
		Example:           "  onset runs show 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	asJSON := jsonFlag(c, "the whole run, its steps and what it waits for")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.GetRun(c.Context(), ws.ID, args[0], nil))
		if err != nil {
			return unknownRun(args[0], err)
		}
		steps, err := pages(all, func(limit *int64, cursor *string) (*http.Response, error) {
			return ws.ListSteps(c.Context(), ws.ID, args[0], &client.ListStepsParams{Limit: limit, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		waits, err := ws.waits(c.Context(), doc)
		if err != nil {
			return err
		}
		if *asJSON {
			return PrintJSON(c.OutOrStdout(), map[string]any{"run": json.RawMessage(doc), "steps": steps, "waits": waits})
		}
		return printRun(c.OutOrStdout(), doc, steps, waits)
	}
	return c
}

// all is more than a run has steps, or a workspace graphs.
const all = 1_000_000

// waits is what a run waits for, also where a part of it still goes on.
func (w workspace) waits(ctx context.Context, doc json.RawMessage) (list, error) {
	r, err := answered[client.Run](doc, nil)
	if err != nil || r.FinishedAt != nil {
		return list{Items: []json.RawMessage{}}, err
	}
	open := client.AskStatusOpen
	return w.asks(ctx, client.ListAsksParams{Status: &open, Run: &r.ID}, all)
}

// printRun writes what a person asks first of a run, and then its steps.
func printRun(w io.Writer, doc json.RawMessage, steps, waits list) error {
	r, err := answered[client.Run](doc, nil)
	if err != nil {
		return err
	}
	if err := table.Print(w, runLines(r)...); err != nil {
		return err
	}
	if len(waits.Items) > 0 {
		fmt.Fprintln(w)
		if err := printWaits(w, waits); err != nil {
			return err
		}
	}
	if r.RequiresInput {
		fmt.Fprintf(w, "\nit waits for an answer: onset runs answer %s\n", r.ID)
	}
	if len(steps.Items) > 0 {
		fmt.Fprintln(w)
		if err := printSteps(w, steps); err != nil {
			return err
		}
	}
	if r.Status != client.Completed {
		return nil
	}
	fmt.Fprintln(w, "\nresponse")
	return printResponse(w, doc)
}

// printResponse writes what a run came to, every number as it was.
func printResponse(w io.Writer, doc json.RawMessage) error {
	var r struct {
		Response json.RawMessage `json:"response"`
	}
	if err := read(doc, &r); err != nil {
		return err
	}
	return PrintJSON(w, r.Response)
}

func runLines(r client.Run) [][]string {
	by := r.Cause.Kind
	if r.Trigger != nil {
		by = fmt.Sprintf("%s (%s)", *r.Trigger, r.Cause.Kind)
	}
	rows := [][]string{
		{"run", r.ID.String()},
		{"status", standing(r)},
		{"graph", fmt.Sprintf("%s build %d in %s", r.Graph, r.Build, r.Environment)},
		{"started by", by},
		{"created", written(r.CreatedAt)},
		{"time", fmt.Sprintf("waited %s, ran %s, attempts %d", lasted(r.QueuedMS), lasted(r.RunMS), r.Attempts)},
	}
	for _, more := range [][]string{{"replay of", replayed(r)}, {"part of run", or(r.Cause.ParentRun)}, {"tags", strings.Join(r.Tags, ", ")}, {"message", r.Message}, {"error", or(r.Error)}} {
		if more[1] != "" {
			rows = append(rows, more)
		}
	}
	return rows
}

// replayed is the run that this one repeats, and from where.
func replayed(r client.Run) string {
	if r.Cause.From == nil {
		return or(r.Cause.ReplayOf)
	}
	return fmt.Sprintf("%s from %s", or(r.Cause.ReplayOf), *r.Cause.From)
}

func printSteps(w io.Writer, steps list) error {
	rows := [][]string{{"STEP", "KIND", "STATUS", "TOOK", "NOTE"}}
	for _, raw := range steps.Items {
		s, err := answered[client.Step](raw, nil)
		if err != nil {
			return err
		}
		took := "-"
		if s.EndedAt != nil {
			took = s.EndedAt.Sub(s.StartedAt).String()
		}
		status := s.Status
		if s.Copied {
			status += " (copied)"
		}
		rows = append(rows, []string{stepName(s), s.Kind, status, took, remark(s)})
	}
	return table.Print(w, rows...)
}

// remark is what one looks for next beside a step: why it failed, which run it
// started, what somebody decided.
func remark(s client.Step) string {
	switch {
	case s.Error != nil:
		return *s.Error
	case s.ChildRun != nil:
		return "run " + s.ChildRun.String()
	case s.Decision == nil, strings.HasPrefix(s.Call, "timer:"):
		return ""
	case s.AnsweredBy == nil:
		return *s.Decision
	}
	return *s.Decision + " by " + *s.AnsweredBy
}

// stepName is the node, which time of it when it is not the first, and what was
// called inside it.
func stepName(s client.Step) string {
	name := s.NodeID
	if s.Iteration > 0 {
		name = fmt.Sprintf("%s[%d]", name, s.Iteration)
	}
	if s.Call != "" {
		name += " " + s.Call
	}
	return name
}
