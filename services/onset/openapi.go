package main

import (
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/gateway"
	"github.com/onsethq/onset/services/onset/internal/commands"
)

func openapi() *cobra.Command {
	return &cobra.Command{
		Use:     "openapi",
		Short:   "Print the OpenAPI document of the API, for those who generate a client",
		Args:    cobra.NoArgs,
		Example: "  onset openapi > onset.json",
		GroupID: commands.Using,
		RunE: func(c *cobra.Command, _ []string) error {
			document, err := gateway.Document()
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(document)
			return err
		},
	}
}
