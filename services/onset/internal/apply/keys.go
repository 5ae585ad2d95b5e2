package apply

import (
	"context"
	"fmt"
	"net/http"
	"slices"

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

// newKey asks for a key.
type newKey struct {
	Name         string   `json:"name"`
	Preset       string   `json:"preset,omitempty"`
	Scopes       []string `json:"scopes,omitempty"`
	Environments []string `json:"environments,omitempty"`
	Value        string   `json:"value,omitempty"`
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
	at := "/keys/" + want.Name
	var there shownKey
	known, err := a.read(ctx, at, &there)
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
		if err := a.change(ctx, "revoke key "+want.Name, http.MethodDelete, at, nil, nil); err != nil {
			return err
		}
	}
	asked := newKey{want.Name, want.Preset, want.Scopes, want.Environments, want.Value.Text.Reveal()}
	if err := a.change(ctx, "create key "+want.Name, http.MethodPost, "/keys", asked, &there); err != nil {
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
