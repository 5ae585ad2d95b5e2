package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

func rotateKey(at *server) *cobra.Command {
	var overlap string
	c := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Put a new key in the place of one and print it, once",
		Long: `Makes a new key with the name and the rights of an old one and prints it, once. The
old one works on for the overlap, so that nothing breaks while it is replaced.`,
		Args:              Named("the name or id of a key"),
		ValidArgsFunction: at.choices(someKeys, "name"),
		Example:           "  onset key rotate ci --overlap 48h",
	}
	c.Flags().StringVar(&overlap, "overlap", "", "how long the old key works on, from 0s to 168h (24h)")
	asJSON := jsonFlag(c, "the new key and what became of the old one")
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		doc, err := reach.Answer(ws.RotateKey(c.Context(), ws.ID, args[0], client.RotationWanted{Overlap: given(overlap)}))
		if err != nil {
			return unknownKey(args[0], err)
		}
		return tell(c, *asJSON, doc, sayRotated)
	}
	return c
}

func sayRotated(w io.Writer, k client.RotatedKey) error {
	until := ""
	if old := k.Replaces.ExpiresAt; old != nil {
		until = " until " + written(*old)
	}
	_, err := fmt.Fprintf(w, "key %s is now %s\n  shown once; the one that ends in %s works on%s\nnext: put the new one in its place, then the old one may go: onset key revoke %s\n",
		k.Name, k.Key, k.Replaces.Last4, until, k.Replaces.ID)
	return err
}

func revokeKey(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:               "revoke NAME",
		Short:             "End a key and those that it replaced: the next call with one of them is refused",
		Args:              Named("the name or id of a key"),
		ValidArgsFunction: at.choices(someKeys, "name"),
		Example:           "  onset key revoke ci",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		if _, err := reach.Answer(ws.RevokeKey(c.Context(), ws.ID, args[0])); err != nil {
			return unknownKey(args[0], err)
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "key %s is revoked\n", args[0])
		return err
	}
	return c
}
