package commands

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
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
		body := map[string]any{"dry_run": dryRun, "force": force}
		if promotion != "" {
			body["promotion"] = promotion
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		var doc json.RawMessage
		if err := ws.Do(c.Context(), http.MethodPost, ws.path("environments", args[0], "rollback"), body, &doc); err != nil {
			return explained(err)
		}
		return tell(c, *asJSON, doc, sayPromotion)
	}
	return c
}
