// Package commands is what a person types at a terminal to use a running
// Onset.
package commands

import (
	"fmt"

	"github.com/spf13/cobra"
)

// The two groups of the command list.
const (
	Serving = "serving"
	Using   = "using"
)

// group is a command that only holds others. A word that none of them has is a
// mistake, and not a call for help.
func group(use, short string, at *server, inside ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:     use,
		Short:   short,
		GroupID: Using,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return fmt.Errorf("%s has no command %q: %s --help lists those that it has", c.CommandPath(), args[0], c.CommandPath())
		},
	}
	at.flags(c)
	c.AddCommand(inside...)
	return c
}
