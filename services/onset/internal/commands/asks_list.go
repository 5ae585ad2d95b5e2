package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/services/onset/internal/table"
)

func (w workspace) listAsks(c *cobra.Command, args []string, limit int, asJSON bool) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	wanted := askedOfPeople()
	if len(args) > 0 {
		id, err := uuid.Parse(args[0])
		if err != nil {
			return fmt.Errorf("%q is not the id of a run: onset runs list shows them", args[0])
		}
		wanted.Run, wanted.Reason = &id, nil
	}
	asks, err := w.asks(c.Context(), wanted, limit)
	if err != nil {
		return err
	}
	return askColumns.print(c, asJSON, asks)
}

func (w workspace) asks(ctx context.Context, wanted client.ListAsksParams, limit int) (list, error) {
	return pages(limit, func(limit *int64, cursor *string) (*http.Response, error) {
		wanted.Limit, wanted.Cursor = limit, cursor
		return w.ListAsks(ctx, w.ID, &wanted)
	})
}

// askedOfPeople are the things asked that nobody but a person settles.
func askedOfPeople() client.ListAsksParams {
	open := client.AskStatusOpen
	return client.ListAsksParams{Status: &open, Reason: []string{"input,approval,outcome_unknown"}}
}

// askingRuns are those that a person can let go on.
func askingRuns(ctx context.Context, w workspace) (list, error) {
	return w.asks(ctx, askedOfPeople(), offered)
}

// printWaits writes what a run waits for, and for how long at most.
func printWaits(out io.Writer, asks list) error {
	rows := [][]string{{"WAITS FOR", "NODE", "ASKED", "UNTIL", "QUESTION"}}
	for _, raw := range asks.Items {
		a, err := answered[client.Ask](raw, nil)
		if err != nil {
			return err
		}
		rows = append(rows, []string{a.Reason, a.NodeID, written(a.AskedAt), until(a), asked(a)})
	}
	return table.Print(out, rows...)
}

// until is when waiting ends by itself.
func until(a client.Ask) string {
	if a.ExpiresAt == nil {
		return "-"
	}
	return written(*a.ExpiresAt)
}

var askColumns = columns[client.Ask]{
	head: []string{"RUN", "NODE", "WAITS FOR", "ASKED", "EXPIRES", "QUESTION"},
	row: func(a client.Ask) []string {
		return []string{a.RunID.String(), a.NodeID, a.Reason, written(a.AskedAt), until(a), asked(a)}
	},
	none: "nothing is asked",
}

// asked is a question on one line, with the answers that it takes; of a child it
// is the run, which has the id of the ask. Who approves a call says which one: the
// words for that stand behind it.
func asked(a client.Ask) string {
	switch {
	case a.Reason == "child":
		return "run " + a.ID.String()
	case a.Question == nil:
		return "-"
	}
	const longest = 60
	text := []rune(strings.Join(strings.Fields(a.Question.Text), " "))
	if len(text) > longest {
		text = append(text[:longest], '…')
	}
	switch {
	case a.Question.Call != nil:
		arguments, _ := json.Marshal(a.Question.Call.Arguments) // it came as JSON
		return fmt.Sprintf("%s %s --ask %s", string(text), strictjson.Legible(string(arguments)), a.ID)
	case len(a.Question.Options) > 0:
		return fmt.Sprintf("%s [%s]", string(text), strings.Join(a.Question.Options, " | "))
	case a.Question.Form != nil:
		return string(text) + " {form}"
	}
	return string(text)
}
