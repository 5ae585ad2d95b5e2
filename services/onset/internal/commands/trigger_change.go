package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func pauseTrigger(at *server) *cobra.Command {
	var reason string
	c := changeTrigger(at, "pause", "Keep a trigger from starting anything until it is resumed",
		func(ctx context.Context, ws workspace, name string) (*http.Response, error) {
			return ws.PauseTrigger(ctx, ws.ID, name, client.PauseWanted{Reason: given(reason)})
		})
	c.Flags().StringVar(&reason, "reason", "", "what to tell those who wonder")
	c.Example = "  onset trigger pause nightly --reason maintenance"
	return c
}

func resumeTrigger(at *server) *cobra.Command {
	return changeTrigger(at, "resume", "Let a paused trigger start again",
		func(ctx context.Context, ws workspace, name string) (*http.Response, error) {
			return ws.ResumeTrigger(ctx, ws.ID, name, client.ResumeTriggerJSONRequestBody{})
		})
}

func archiveTrigger(at *server) *cobra.Command {
	return changeTrigger(at, "archive", "Put a trigger away; it starts nothing and can be restored",
		func(ctx context.Context, ws workspace, name string) (*http.Response, error) {
			return ws.ArchiveTrigger(ctx, ws.ID, name, client.ArchiveTriggerJSONRequestBody{})
		})
}

func restoreTrigger(at *server) *cobra.Command {
	return changeTrigger(at, "restore", "Take a trigger out of the archive, active or paused as it was",
		func(ctx context.Context, ws workspace, name string) (*http.Response, error) {
			return ws.RestoreTrigger(ctx, ws.ID, name, client.RestoreTriggerJSONRequestBody{})
		})
}

// changeTrigger is the command that asks for one change of a trigger's status.
func changeTrigger(at *server, change, short string, ask func(ctx context.Context, ws workspace, name string) (*http.Response, error)) *cobra.Command {
	c := &cobra.Command{
		Use:               change + " NAME",
		Short:             short,
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger " + change + " nightly",
	}
	asJSON := jsonFlag(c, "the whole trigger")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ask(c.Context(), ws, args[0]))
		if err != nil {
			return unknownTrigger(args[0], err)
		}
		return tell(c, *asJSON, doc, func(w io.Writer, t client.Trigger) error {
			_, err := fmt.Fprintf(w, "trigger %s is %s\n", t.Name, triggerStanding(t))
			return err
		})
	}
	return c
}

func deleteTrigger(at *server) *cobra.Command {
	var sure bool
	c := &cobra.Command{
		Use:               "delete NAME",
		Short:             "Take a trigger away for good; its runs can still be read",
		Args:              Named("the name of a trigger"),
		ValidArgsFunction: at.choices(someTriggers, "name"),
		Example:           "  onset trigger delete nightly --yes",
	}
	c.Flags().BoolVar(&sure, "yes", false, "say that you mean it")
	c.RunE = func(c *cobra.Command, args []string) error {
		if !sure {
			return errors.New("this cannot be taken back: say --yes if you mean it, or put the trigger away: onset trigger archive " + args[0])
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if _, err := reach.Answer(ws.DeleteTrigger(c.Context(), ws.ID, args[0])); err != nil {
			return unknownTrigger(args[0], err)
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "trigger %s is deleted\n", args[0])
		return err
	}
	return c
}
