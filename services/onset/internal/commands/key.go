package commands

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/key"
)

// Key groups the commands about the API keys of a workspace.
func Key() *cobra.Command {
	at := new(server)
	return group("key", "List, make, rotate and revoke API keys", at,
		listKeys(at), createKey(at), rotateKey(at), revokeKey(at))
}

// keyStanding says whether a key opens anything now, and until when.
func keyStanding(k client.Key, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked"
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		return "expired"
	case k.ExpiresAt == nil:
		return "works"
	case k.ReplacedBy != nil:
		return "replaced, works until " + written(*k.ExpiresAt)
	}
	return "works until " + written(*k.ExpiresAt)
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
		keys, err := ws.keys(c.Context(), *limit)
		if err != nil {
			return err
		}
		return keyColumns(time.Now()).print(c, *asJSON, keys)
	}
	return c
}

func (w workspace) keys(ctx context.Context, limit int) (list, error) {
	return pages(limit, func(limit *int64, cursor *string) (*http.Response, error) {
		return w.ListKeys(ctx, w.ID, &client.ListKeysParams{Limit: limit, Cursor: cursor})
	})
}

func keyColumns(now time.Time) columns[client.Key] {
	return columns[client.Key]{
		head: []string{"NAME", "ID", "ENDS IN", "ENV", "STATUS", "LAST USED", "MAY"},
		row: func(k client.Key) []string {
			used := "never"
			if k.LastUsedAt != nil {
				used = written(*k.LastUsedAt)
			}
			return []string{k.Name, k.ID.String(), "…" + k.Last4, everywhere(k.Environments), keyStanding(k, now), used, rights(k.Scopes)}
		},
		none: "no keys; make one: onset key create NAME --preset invoke",
	}
}

// rights are the name of a preset, or the scopes one by one.
func rights(scopes []client.Scope) string {
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
	return strings.Trim(fmt.Sprint(scopes), "[]")
}

// unknownKey says where to look for the right name.
func unknownKey(name string, err error) error {
	if missing(err) {
		return fmt.Errorf("there is no key %q in the workspace: onset key list shows those that exist", name)
	}
	return explained(err)
}
