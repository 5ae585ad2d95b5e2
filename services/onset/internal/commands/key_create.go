package commands

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func createKey(at *server) *cobra.Command {
	var preset, expires string
	var scopes, environments []string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a key and print it, once",
		Long: `Makes a key and prints it. It is shown this once and kept nowhere: put it where
its user will look for it.`,
		Args:    Named("a name for the key"),
		Example: "  onset key create ci --preset invoke --env DEV,UAT --expires 90d\n  onset key create ci --scope run:read --json | jq -r .key",
	}
	c.Flags().StringVar(&preset, "preset", "", "what it may do: invoke, operator or admin (invoke, unless there are scopes)")
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do, one by one and with commas: "+string(key.TriggerInvoke)+", "+string(key.RunRead)+", …")
	c.Flags().StringSliceVar(&environments, "env", nil, "where, with commas: DEV, UAT, PROD (everywhere)")
	c.Flags().StringVar(&expires, "expires", "", "when it ends: after a duration such as 90d or 12h, or at a time such as 2026-03-29T07:00:00Z (never)")
	complete(c, "preset", slices.Sorted(maps.Keys(key.Presets))...)
	complete(c, "scope", key.Scopes...)
	complete(c, "env", tenant.Environments...)
	asJSON := jsonFlag(c, "the key and all that is known of it")
	c.RunE = func(c *cobra.Command, args []string) error {
		wanted := client.KeyWanted{Name: args[0], Scopes: scopes, Environments: environments}
		switch {
		case preset != "" && len(scopes) > 0:
			return errors.New("--preset and --scope: a key has one or the other")
		case len(scopes) == 0:
			wanted.Preset = given(cmp.Or(preset, "invoke"))
		}
		if expires != "" {
			ends, err := ahead("--expires", expires, time.Now())
			if err != nil {
				return err
			}
			wanted.ExpiresAt = given(ends.UTC())
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.CreateKey(c.Context(), ws.ID, wanted))
		if err != nil {
			return explained(err)
		}
		return tell(c, *asJSON, doc, sayKey)
	}
	return c
}

func sayKey(w io.Writer, k client.ShownKey) error {
	until := "works"
	if k.ExpiresAt != nil {
		until += " until " + written(*k.ExpiresAt)
	}
	fmt.Fprintf(w, "key %s is %s\n  shown once; it %s in %s\n", k.Name, k.Key, until, everywhere(k.Environments))
	for _, warning := range k.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", warning.Message)
	}
	return nil
}
