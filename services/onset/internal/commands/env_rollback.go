package commands

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func rollBack(at *server) *cobra.Command {
	var promotion string
	var dryRun, force bool
	c := &cobra.Command{
		Use:   "rollback ENVIRONMENT",
		Short: "Put back the builds that an environment ran before",
		Long: `Puts back what stood before the last promotion to an environment, or before the
one that you name. Doing it again goes one step further back.`,
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env rollback PROD",
	}
	c.Flags().StringVar(&promotion, "promotion", "", "the id of the change to take back, of those in onset env history (the newest that stands)")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "tell what would change and change nothing")
	c.Flags().BoolVar(&force, "force", false, "do it even where other builds were assigned since")
	asJSON := jsonFlag(c, "the whole difference")
	c.RunE = func(c *cobra.Command, args []string) error {
		wanted := client.RollbackWanted{DryRun: &dryRun, Force: &force}
		if promotion != "" {
			id, err := uuid.Parse(promotion)
			if err != nil {
				return fmt.Errorf("--promotion: %q is not the id of a change: onset env history %s lists them", promotion, args[0])
			}
			wanted.Promotion = &id
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.Rollback(c.Context(), ws.ID, args[0], wanted))
		if err != nil {
			return explained(err)
		}
		return tell(c, *asJSON, doc, sayPromotion)
	}
	return c
}
