package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// Backfill groups the commands that start the runs of moments that have passed.
func Backfill() *cobra.Command {
	at := new(server)
	return group("backfill", "Start the runs of moments of a schedule that have passed", at,
		startBackfill(at), listBackfills(at), showBackfill(at), abortBackfill(at))
}

func listBackfills(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "list TRIGGER",
		Short:             "List the backfills of a trigger, newest first",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset backfill list nightly",
	}
	limit, asJSON := limitFlag(c, 20), jsonFlag(c, "whole backfills")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		all, err := pages(*limit, func(limit *int64, cursor *string) (*http.Response, error) {
			return ws.ListBackfills(c.Context(), ws.ID, args[0], &client.ListBackfillsParams{Limit: limit, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		return backfillColumns.print(c, *asJSON, all)
	}
	return c
}

var backfillColumns = columns[client.Backfill]{
	head: []string{"ID", "WHEN", "STATUS", "SINCE", "UNTIL", "MODE", "STARTED", "LEFT", "BY"},
	row: func(b client.Backfill) []string {
		return []string{
			b.ID.String(), written(b.CreatedAt), b.Status, written(b.Since), written(b.Until), string(b.Mode),
			fmt.Sprintf("%d of %d", b.Started, b.Moments), fmt.Sprint(b.Left), b.CreatedBy,
		}
	},
	none: "there are none yet; ask for one: onset backfill start TRIGGER --since 24h --dry-run",
}

func showBackfill(at *server) *cobra.Command {
	return oneBackfill(at, "show", "Show how far a backfill has come", func(ctx context.Context, ws workspace, name, id string) (*http.Response, error) {
		return ws.GetBackfill(ctx, ws.ID, name, id)
	})
}

func abortBackfill(at *server) *cobra.Command {
	return oneBackfill(at, "abort", "Let a backfill start nothing more; its runs go on", func(ctx context.Context, ws workspace, name, id string) (*http.Response, error) {
		return ws.AbortBackfill(ctx, ws.ID, name, id, client.AbortBackfillJSONRequestBody{})
	})
}

// oneBackfill is the command that asks about one backfill and shows it.
func oneBackfill(at *server, verb, short string, ask func(ctx context.Context, ws workspace, name, id string) (*http.Response, error)) *cobra.Command {
	c := &cobra.Command{
		Use:               verb + " TRIGGER ID",
		Short:             short,
		Args:              ofTrigger,
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset backfill " + verb + " nightly 0199c0de-0000-7000-8000-000000000000",
	}
	asJSON := jsonFlag(c, "the whole backfill")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ask(c.Context(), ws, args[0], args[1]))
		switch {
		case missing(err):
			return fmt.Errorf("trigger %q has no backfill %s: onset backfill list %s shows those that it has", args[0], args[1], args[0])
		case err != nil:
			return explained(err)
		}
		return tell(c, *asJSON, doc, sayBackfill)
	}
	return c
}

func ofTrigger(c *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	return errors.New(c.CommandPath() + " takes the name of a trigger and the id of a backfill: " + c.UseLine())
}

func sayBackfill(w io.Writer, b client.Backfill) error {
	status := b.Status
	if or(b.Reason) != "" {
		status += " (" + *b.Reason + ")"
	}
	rows := [][]string{
		{"backfill", b.ID.String()},
		{"trigger", b.Trigger},
		{"status", status},
		{"range", fmt.Sprintf("%s to before %s, in %s", written(b.Since), written(b.Until), strings.Join(b.Environments, ", "))},
		{"mode", fmt.Sprintf("%s, at most %d runs at once", b.Mode, b.MaxActive)},
		{"moments", fmt.Sprintf("%d: %d started, %d kept, %d skipped, %d left", b.Moments, b.Started, b.Kept, b.Skipped, b.Left)},
		{"runs", fmt.Sprintf("%d active, %d completed, %d failed, %d cancelled", b.Runs.Active, b.Runs.Completed, b.Runs.Failed, b.Runs.Cancelled)},
		{"asked", written(b.CreatedAt) + " by " + b.CreatedBy},
	}
	if b.FinishedAt != nil {
		rows = append(rows, []string{"finished", written(*b.FinishedAt)})
	}
	return table.Print(w, rows...)
}
