package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/strictjson"
)

func (w workspace) listAsks(c *cobra.Command, args []string, limit int, asJSON bool) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	open := client.AskStatusOpen
	wanted := client.ListAsksParams{Status: &open}
	if len(args) > 0 {
		id, err := uuid.Parse(args[0])
		if err != nil {
			return fmt.Errorf("%q is not the id of a run: onset runs list shows them", args[0])
		}
		wanted.Run = &id
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

// askingRuns are those that a person can let go on.
func askingRuns(ctx context.Context, w workspace) (list, error) {
	open := client.AskStatusOpen
	return w.asks(ctx, client.ListAsksParams{Status: &open, Reason: []string{"input,approval,outcome_unknown"}}, offered)
}

var askColumns = columns[client.Ask]{
	head: []string{"RUN", "NODE", "WAITS FOR", "ASKED", "EXPIRES", "QUESTION"},
	row: func(a client.Ask) []string {
		expires := "-"
		if a.ExpiresAt != nil {
			expires = written(*a.ExpiresAt)
		}
		return []string{a.RunID.String(), a.NodeID, a.Reason, written(a.AskedAt), expires, asked(a)}
	},
	none: "nothing is asked",
}

// asked is a question on one line, with the answers that it takes.
func asked(a client.Ask) string {
	if a.Question == nil {
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
		return fmt.Sprintf("%s %s", string(text), strictjson.Legible(string(arguments)))
	case len(a.Question.Options) > 0:
		return fmt.Sprintf("%s [%s]", string(text), strings.Join(a.Question.Options, " | "))
	case a.Question.Form != nil:
		return string(text) + " {form}"
	}
	return string(text)
}
