package commands

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Named wants exactly one argument and says what it is ("the name of a trigger")
// to who left it out.
func Named(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes %s: %s", c.CommandPath(), what, c.UseLine())
	}
}
