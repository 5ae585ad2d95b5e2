package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func promote(at *server) *cobra.Command {
	var from string
	var graphs []string
	var dryRun, force bool
	c := &cobra.Command{
		Use:   "promote ENVIRONMENT",
		Short: "Let an environment run the builds of another",
		Long: `Assigns to an environment the builds that another one runs: those of every graph,
or of the graphs that you name. From where is UAT for PROD and DEV for UAT unless
you say otherwise. All of it happens or nothing.`,
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env promote UAT --dry-run\n  onset env promote PROD --graph incident-triage",
	}
	c.Flags().StringVar(&from, "from", "", "the environment that is the model (the one before)")
	c.Flags().StringSliceVar(&graphs, "graph", nil, "only these graphs, with commas")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "tell what would change and change nothing")
	c.Flags().BoolVar(&force, "force", false, "do it even where the environment lacks what a build needs")
	complete(c, "from", tenant.Environments...)
	asJSON := jsonFlag(c, "the whole difference")
	c.RunE = func(c *cobra.Command, args []string) error {
		source, err := before(args[0], from)
		if err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		wanted := client.PromotionWanted{From: source, Graphs: graphs, DryRun: &dryRun, Force: &force}
		doc, err := reach.Answer(ws.Promote(c.Context(), ws.ID, args[0], wanted))
		if err != nil {
			return explained(err)
		}
		return tell(c, *asJSON, doc, sayPromotion)
	}
	return c
}

// before is the environment that builds come from: the one that was named, or
// the one that stands before.
func before(to, named string) (string, error) {
	if named != "" {
		return strings.ToUpper(named), nil
	}
	switch at := slices.Index(tenant.Environments, strings.ToUpper(to)); at {
	case -1:
		return "", fmt.Errorf("there is no environment %q: DEV, UAT or PROD", to)
	case 0:
		return "", fmt.Errorf("no environment stands before %s: say with --from where the builds come from", to)
	default:
		return tenant.Environments[at-1], nil
	}
}
