package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/backend"
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/onset/internal/bootstrap"
	"github.com/onsethq/onset/services/onset/internal/commands"
)

// workspace makes the first workspace of a hosted installation. It speaks to
// the database, because there is no key yet that the API would accept.
func workspace() *cobra.Command {
	c := &cobra.Command{Use: "workspace", Short: "Make a workspace in DATABASE_URL", GroupID: commands.Serving}
	c.AddCommand(&cobra.Command{
		Use:     "create NAME",
		Short:   "Make a workspace and print its admin key, once",
		Args:    commands.Named("a name for the workspace"),
		Example: "  onset workspace create acme",
		RunE: func(c *cobra.Command, args []string) error {
			s, err := boot.Load(boot.Environ(), boot.Hosted)
			if err != nil {
				return err
			}
			w, printed, err := createWorkspace(c.Context(), s, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "workspace %s is %s\nadmin key %s (shown once)\n", w.Name, w.ID, printed.Reveal())
			return nil
		},
	})
	return c
}

func createWorkspace(ctx context.Context, s boot.Settings, name string) (tenant.Workspace, secret.Secret, error) {
	if s.DatabaseURL == "" {
		return tenant.Workspace{}, "", errors.New("DATABASE_URL is not set: `onset up` makes a workspace by itself")
	}
	env := &boot.Env{Settings: s, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	if err := backend.Keyring(env); err != nil {
		return tenant.Workspace{}, "", err
	}
	if err := backend.Postgres(ctx, env); err != nil {
		return tenant.Workspace{}, "", err
	}
	w, err := bootstrap.OpenWorkspace(ctx, env.Store, name, s.DefaultTier)
	if err != nil {
		return tenant.Workspace{}, "", err
	}
	printed, err := bootstrap.IssueKey(ctx, env.Store.In(w.ID), env.Keyring, key.Key{Name: "admin", CreatedBy: "onset workspace create"})
	return w, printed, err
}
