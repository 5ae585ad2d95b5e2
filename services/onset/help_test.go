package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// leaves are the commands that do something.
func leaves(c *cobra.Command) (all []*cobra.Command) {
	for _, inside := range c.Commands() {
		all = append(all, leaves(inside)...)
	}
	if !c.HasSubCommands() {
		all = append(all, c)
	}
	return all
}

// tried reads a command line as the shell would hand it over and says what is
// wrong with it.
func tried(line string) string {
	if end := strings.IndexAny(line, "|>"); end >= 0 { // the shell's
		line = line[:end]
	}
	words := strings.Fields(line)
	for strings.Contains(words[0], "=") { // a variable
		words = words[1:]
	}
	if words[0] != "onset" {
		return "does not begin with onset"
	}
	c, rest, err := root().Find(words[1:])
	switch {
	case err != nil:
		return err.Error()
	case c.HasSubCommands():
		return "names no command"
	}
	if err := c.ParseFlags(rest); err != nil {
		return err.Error()
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return err.Error()
	}
	if err := c.ValidateRequiredFlags(); err != nil {
		return err.Error()
	}
	return ""
}

func TestEveryCommandHasAnExampleThatCanBeTyped(t *testing.T) {
	t.Parallel()
	for _, c := range leaves(root()) {
		if c.Example == "" {
			t.Errorf("%s --help shows no example", c.CommandPath())
			continue
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if wrong := tried(line); wrong != "" || !strings.Contains(line, c.CommandPath()) {
				t.Errorf("%s --help shows %q: %s", c.CommandPath(), line, wrong)
			}
		}
	}
}

func TestExamplesThatCannotBeTypedAreFound(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"onset runs", "onset runs tial", "onset runs show", "onset runs list --colour red", "onset apply", "offset up"} {
		if tried(line) == "" {
			t.Errorf("%q is taken for a command line", line)
		}
	}
}
