package apply

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/secret"
)

// shownKey is what the server shows of a key; Key only when it has just been
// made.
type shownKey struct {
	Key          string      `json:"key"`
	Last4        string      `json:"last4"`
	Scopes       []key.Scope `json:"scopes"`
	Environments []string    `json:"environments"`
}

func (a *applier) keys(ctx context.Context, w manifest.Workspace) error {
	for _, want := range w.Keys {
		if want.Value.FromEnv != "" && !want.Value.Given() {
			continue // an optional one that nobody gave
		}
		if err := a.key(ctx, want); err != nil {
			return err
		}
	}
	return nil
}

// key makes a key that is not there, and replaces one whose given value is
// another now. What a key may do never changes.
func (a *applier) key(ctx context.Context, want manifest.Key) error {
	there, known, err := standing[shownKey](a.Server.GetKey(ctx, a.Workspace, want.Name))
	if err != nil {
		return err
	}
	if known && !grants(there, want) {
		return fmt.Errorf("key %s exists with other scopes or environments: give the new one another name", want.Name)
	}
	if known && (!want.Value.Given() || want.Value.Text.Last4() == there.Last4) {
		return nil
	}
	if known {
		err := a.change("revoke key "+want.Name, nil, func() (*http.Response, error) { return a.Server.RevokeKey(ctx, a.Workspace, want.Name) })
		if err != nil {
			return err
		}
	}
	asked := client.KeyWanted{Name: want.Name, Scopes: want.Scopes, Environments: want.Environments}
	if want.Preset != "" {
		asked.Preset = &want.Preset
	}
	if value := want.Value.Text.Reveal(); value != "" {
		asked.Value = &value
	}
	err = a.change("create key "+want.Name, &there, func() (*http.Response, error) { return a.Server.CreateKey(ctx, a.Workspace, asked) })
	if err != nil {
		return err
	}
	if !want.Value.Given() && !a.DryRun {
		a.done.Keys[want.Name] = secret.Secret(there.Key)
	}
	return nil
}

// grants says whether a key may do what is declared of it. The manifest was
// checked when it was read.
func grants(there shownKey, want manifest.Key) bool {
	scopes, environments, err := key.Wanted{Preset: want.Preset, Scopes: want.Scopes, Environments: want.Environments}.Parse()
	return err == nil && slices.Equal(slices.Sorted(slices.Values(there.Scopes)), scopes) &&
		slices.Equal(slices.Sorted(slices.Values(there.Environments)), environments)
}
