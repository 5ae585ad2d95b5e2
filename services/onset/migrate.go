package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/commands"
)

func migrate() *cobra.Command {
	return &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the schema of DATABASE_URL up to date",
		Args:    cobra.NoArgs,
		GroupID: commands.Serving,
		Example: "  DATABASE_URL=postgres://onset@127.0.0.1/onset onset migrate",
		RunE: func(c *cobra.Command, _ []string) error {
			url := secret.Secret(os.Getenv("DATABASE_URL"))
			if err := backend.Migrate(c.Context(), url, slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), "the schema is up to date")
			return nil
		},
	}
}
