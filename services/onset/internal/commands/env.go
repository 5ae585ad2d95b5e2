package commands

import (
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/tenant"
)

// Environment groups the commands about what DEV, UAT and PROD hold and run.
func Environment() *cobra.Command {
	at := new(server)
	return group("env", "Show an environment, promote builds to it, and take that back", at,
		showEnvironment(at), promote(at), rollBack(at), history(at))
}

// anEnvironment is what stands for an environment in every complaint.
const anEnvironment = "an environment: DEV, UAT or PROD"

// environments offers the first argument.
func environments(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return tenant.Environments, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
