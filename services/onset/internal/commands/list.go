package commands

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// list is some of a kind, as the API wrote them.
type list struct {
	Items      []json.RawMessage `json:"items"`
	NextCursor *string           `json:"next_cursor"`
}

// largestPage is the most that the API gives at once.
const largestPage = 200

// pages reads on until there are as many as were asked for. A page may hold
// fewer than it could: a key sees only its own environments.
func pages(limit int, ask func(limit *int64, cursor *string) (*http.Response, error)) (list, error) {
	found := list{Items: []json.RawMessage{}}
	for {
		most := int64(min(limit-len(found.Items), largestPage))
		page, err := answered[list](reach.Answer(ask(&most, found.NextCursor)))
		if err != nil {
			return found, explained(err)
		}
		found.Items = append(found.Items, page.Items...)
		found.NextCursor = page.NextCursor
		if page.NextCursor == nil || len(found.Items) >= limit {
			return found, nil
		}
	}
}

// limitFlag is how many of a list are wanted.
func limitFlag(c *cobra.Command, usual int) *int {
	return c.Flags().Int("limit", usual, "how many at most")
}

func checkLimit(limit int) error {
	if limit < 1 {
		return fmt.Errorf("--limit: %d is not a number from 1", limit)
	}
	return nil
}

// columns are what a table shows of each thing in a list.
type columns[T any] struct {
	head []string
	row  func(T) []string
	// none says what to do where there is nothing to show.
	none string
}

// print writes a list: whole for programs, as a table for people, who are told
// beside it what is not in the table.
func (t columns[T]) print(c *cobra.Command, asJSON bool, l list) error {
	if asJSON {
		return PrintJSON(c.OutOrStdout(), l)
	}
	if len(l.Items) == 0 {
		_, err := fmt.Fprintln(c.ErrOrStderr(), t.none)
		return err
	}
	rows := [][]string{t.head}
	for _, raw := range l.Items {
		var d T
		if err := read(raw, &d); err != nil {
			return err
		}
		rows = append(rows, t.row(d))
	}
	if err := table.Print(c.OutOrStdout(), rows...); err != nil {
		return err
	}
	if l.NextCursor != nil {
		fmt.Fprintln(c.ErrOrStderr(), "there are more: ask with a higher --limit")
	}
	return nil
}
