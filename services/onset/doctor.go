package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/services/onset/internal/commands"
	"github.com/onsethq/onset/services/onset/internal/doctor"
)

// examine looks at an installation. It takes the settings of a service, so that
// it can be run beside one and sees what that one sees.
func examine() *cobra.Command {
	var asJSON bool
	var adminAddr string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong with an installation and what to do",
		Long: `Looks at DATABASE_URL and REDIS_URL where they are set, as a service with these
settings would see them, and else asks the server at ONSET_ADMIN_ADDR. The exit
code is 1 when something is wrong, and 2 when it could not look.`,
		Args:    cobra.NoArgs,
		GroupID: commands.Serving,
		Example: "  onset doctor\n  onset doctor --admin-addr 127.0.0.1:9090 --json",
	}
	c.Flags().StringVar(&adminAddr, "admin-addr", "", "where the server answers operators (ONSET_ADMIN_ADDR, default 127.0.0.1:9090)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		variables := boot.Environ()
		if adminAddr != "" {
			variables["ONSET_ADMIN_ADDR"] = adminAddr
		}
		s, err := boot.Load(variables, boot.Local)
		if err != nil {
			return err
		}
		boot.RedisLog(slog.New(slog.DiscardHandler))
		findings := doctor.Doctor{Settings: s, Now: time.Now}.Look(c.Context())
		faults := doctor.Faults(findings)
		if asJSON {
			err = commands.PrintJSON(c.OutOrStdout(), map[string]any{"ok": faults == 0, "findings": findings})
		} else {
			err = doctor.Print(c.OutOrStdout(), findings)
		}
		if err != nil {
			return err
		}
		if faults > 0 {
			return commands.Verdict(fmt.Sprintf("wrong: %d of %d", faults, len(findings)))
		}
		return nil
	}
	return c
}
