package commands

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func rollBack(at *server) *cobra.Command {
	var promotion string
	c := &cobra.Command{
		Use:   "rollback ENVIRONMENT",
		Short: "Put back the builds that an environment ran before",
		Long: `Puts back what stood before the last promotion to an environment, or before the
one that you name. Doing it again goes one step further back.`,
		Args:              Named(anEnvironment),
		ValidArgsFunction: environments,
		Example:           "  onset env rollback PROD",
	}
	c.Flags().StringVar(&promotion, "promotion", "", "the id of the promotion to take back (the last)")
	asJSON := jsonFlag(c, "the whole difference")
	c.RunE = func(c *cobra.Command, args []string) error {
		body := map[string]any{}
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
