package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/services/onset/internal/commands"
)

// exitCode ends the process with a program's own code: it has told why.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// serve is the command that runs a program until it is told to stop.
func serve(name, short string, p boot.Program) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs, GroupID: commands.Serving, Example: "  onset " + name + " --log-level debug"}
	flags := settingFlags(c)
	c.RunE = func(*cobra.Command, []string) error {
		if code := p.Exec(flags.over(boot.Environ())); code != 0 {
			return exitCode(code)
		}
		return nil
	}
	return c
}

// settings are the flags of one command, by the variable that each stands for.
type settings struct {
	command *cobra.Command
	given   map[string]*string
}

// settingFlags gives a command a flag for every setting: ONSET_DATA_DIR is
// --data-dir. Secrets have none, because everybody on a machine can read the
// command lines of its processes.
func settingFlags(c *cobra.Command) settings {
	s := settings{command: c, given: map[string]*string{}}
	for _, v := range boot.Variables() {
		if v.Secret {
			continue
		}
		help := fmt.Sprintf("%s (%s)", v.Help, v.Name)
		if v.Default != "" {
			help = fmt.Sprintf("%s (%s, default %s)", v.Help, v.Name, v.Default)
		}
		s.given[v.Name] = c.Flags().String(flagName(v.Name), "", help)
	}
	return s
}

func flagName(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "ONSET_")), "_", "-")
}

// over are the variables with those replaced that a flag was given for.
func (s settings) over(variables map[string]string) map[string]string {
	for name, value := range s.given {
		if s.command.Flags().Changed(flagName(name)) {
			variables[name] = *value
		}
	}
	return variables
}
