package commands

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/services/onset/internal/client"
)

// Key groups the commands about the API keys of a workspace.
func Key() *cobra.Command {
	at := new(server)
	return group("key", "List, make, rotate and revoke API keys", at,
		listKeys(at), createKey(at), rotateKey(at), revokeKey(at))
}

// keyDocument is what is told of a key.
type keyDocument struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Last4        string     `json:"last4"`
	Scopes       []string   `json:"scopes"`
	Environments []string   `json:"environments"`
	ExpiresAt    *time.Time `json:"expires_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	ReplacedBy   string     `json:"replaced_by"`
	// Key is the key itself, at the one moment at which it is shown.
	Key string `json:"key"`
}

// standing says whether a key opens anything now, and until when.
func (k keyDocument) standing(now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		return "expired"
	case k.ReplacedBy != "" && k.ExpiresAt != nil:
		return "replaced, works until " + written(*k.ExpiresAt)
	case k.ExpiresAt != nil:
		return "works until " + written(*k.ExpiresAt)
	}
	return "works"
}

func listKeys(at *server) *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "List keys: what each may do and when it was last used",
		Args:    cobra.NoArgs,
		Example: "  onset key list",
	}
	limit, asJSON := limitFlag(c, 50), jsonFlag(c, "all that is known of the keys")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkLimit(*limit); err != nil {
			return err
		}
		ws, err := at.enter(c.Context(), adminKey)
		if err != nil {
			return err
		}
		keys, err := ws.pages(c.Context(), ws.path("keys"), map[string][]string{}, *limit)
		if err != nil {
			return err
		}
		return keyColumns(time.Now()).print(c, *asJSON, keys)
	}
	return c
}

func keyColumns(now time.Time) columns[keyDocument] {
	return columns[keyDocument]{
		head: []string{"NAME", "ID", "ENDS IN", "ENV", "STATUS", "LAST USED", "MAY"},
		row: func(k keyDocument) []string {
			used := "never"
			if k.LastUsedAt != nil {
				used = written(*k.LastUsedAt)
			}
			return []string{k.Name, k.ID, "…" + k.Last4, everywhere(k.Environments), k.standing(now), used, rights(k.Scopes)}
		},
		none: "no keys; make one: onset key create NAME --preset invoke",
	}
}

// rights are the name of a preset, or the scopes one by one.
func rights(scopes []string) string {
	have := map[key.Scope]bool{}
	for _, s := range scopes {
		have[key.Scope(s)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(key.Presets)) {
		preset := key.Presets[name]
		if len(have) == len(preset) && !slices.ContainsFunc(preset, func(s key.Scope) bool { return !have[s] }) {
			return name
		}
	}
	return strings.Join(scopes, " ")
}

// unknownKey says where to look for the right name.
func unknownKey(name string, err error) error {
	var p *client.Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return fmt.Errorf("there is no key %q in the workspace: onset key list shows those that exist", name)
	}
	return explained(err)
}
