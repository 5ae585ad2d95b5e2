package commands

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/services/onset/internal/apply"
)

// Apply makes a server hold what a manifest declares.
func Apply() *cobra.Command {
	var at server
	var file string
	var dryRun bool
	c := &cobra.Command{
		Use:     "apply -f FILE",
		Short:   "Create or update what a manifest declares; applying twice changes nothing",
		Args:    func(c *cobra.Command, args []string) error { return behindFlag(c, file, args) },
		GroupID: Using,
		Example: "  onset apply -f examples/hello/manifest.yaml --dry-run",
	}
	at.flags(c)
	c.Flags().StringVarP(&file, "file", "f", "", "the manifest")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the difference and change nothing")
	_ = c.MarkFlagRequired("file") // fails only for a flag that does not exist
	c.RunE = func(c *cobra.Command, _ []string) error {
		m, err := manifest.Read(file, manifest.Source{File: os.ReadFile, Env: os.LookupEnv})
		if err != nil {
			return err
		}
		own, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		for _, w := range m.Workspaces {
			if w.Name != own.Name {
				return fmt.Errorf("the manifest declares workspace %s and the key opens %s: apply it with a key of %s, or with ONSET_MANIFEST at a start of `onset up`", w.Name, own.Name, w.Name)
			}
			done, err := apply.To{Server: own.Client, Workspace: own.ID, DryRun: dryRun}.Apply(c.Context(), w)
			done.Print(c.OutOrStdout(), c.ErrOrStderr(), err == nil)
			if err != nil {
				return explained(err)
			}
		}
		return nil
	}
	return c
}

// behindFlag wants the manifest behind -f, and nothing else.
func behindFlag(c *cobra.Command, file string, args []string) error {
	if file != "" && len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes one manifest, behind -f: %s", c.CommandPath(), c.UseLine())
}
