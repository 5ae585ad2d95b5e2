// Command onset is the whole product in one binary: the services, together or
// one by one, and the commands of a person at a terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/commands"
)

func main() { os.Exit(obey()) }

// obey does what the command line says, tells an error and gives the exit
// code: 1 when what was looked at is not well, 2 when a command could not do its
// work.
func obey() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	var ended exitCode
	var verdict commands.Verdict
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return int(ended)
	}
	fmt.Fprintf(os.Stderr, "onset: %v\n", err)
	if errors.As(err, &verdict) {
		return 1
	}
	return 2
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:           "onset",
		Short:         "Onset starts agent graphs, and a start that it accepted is finished, once, whatever dies.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.AddGroup(
		&cobra.Group{ID: commands.Serving, Title: "Serving:"},
		&cobra.Group{ID: commands.Using, Title: "Using a server:"},
	)
	c.AddCommand(
		serve("up", "Run the whole product in one process, with its own database when none is named", up()),
		serve("gateway", "Run the HTTP door", gatewayOnly()),
		serve("scheduler", "Run what admits, sweeps and keeps time", schedulerOnly()),
		serve("worker", "Run what executes graphs", workerOnly()),
		migrate(),
		workspace(),
		examine(),
		commands.Apply(),
		commands.Trigger(),
		commands.Backfill(),
		commands.Runs(),
		commands.Deliveries(),
		commands.Alarms(),
		commands.Environment(),
		commands.Key(),
		commands.Sign(),
		openapi(),
		commands.Version(),
	)
	return c
}
