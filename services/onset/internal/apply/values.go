package apply

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/secret"
)

// environment is what the server shows of one: of secrets only which they are.
type environment struct {
	Variables map[string]string           `json:"variables"`
	Secrets   map[string]secretInfo       `json:"secrets"`
	Models    map[string]model.Connection `json:"models"`
}

type secretInfo struct {
	Last4   string `json:"last4"`
	Version int    `json:"version"`
}

// value is the document of a variable or a secret.
type value struct {
	Value string `json:"value"`
}

func (a *applier) environments(ctx context.Context, w manifest.Workspace) error {
	for _, name := range slices.Sorted(maps.Keys(w.Environments)) {
		var there environment
		if _, err := a.read(ctx, "/environments/"+name, &there); err != nil {
			return err
		}
		if err := a.environment(ctx, name, w.Environments[name], there); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) environment(ctx context.Context, env string, want manifest.Environment, there environment) error {
	for _, name := range slices.Sorted(maps.Keys(want.Variables)) {
		v := want.Variables[name]
		if old, known := there.Variables[name]; !v.Given() || known && old == v.Text.Reveal() {
			continue
		}
		err := a.put(ctx, env, "variable", name, value{v.Text.Reveal()})
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Secrets)) {
		v := want.Secrets[name]
		if !v.Given() {
			continue
		}
		if err := a.secret(ctx, env, name, v.Text, there.Secrets[name]); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Models)) {
		if old, known := there.Models[name]; known && old == want.Models[name] {
			continue
		}
		if err := a.put(ctx, env, "model", name, want.Models[name]); err != nil {
			return err
		}
	}
	return nil
}

// secret always sends the value, because only the server can compare it with
// the one that it keeps sealed; the version tells whether that changed
// anything. A rehearsal has but the last characters to go by.
func (a *applier) secret(ctx context.Context, env, name string, text secret.Secret, there secretInfo) error {
	sentence := fmt.Sprintf("set secret %s of %s", name, env)
	now := secretInfo{Last4: text.Last4(), Version: there.Version}
	if now.Last4 != there.Last4 || there.Version == 0 {
		now.Version++
	}
	if !a.DryRun {
		err := a.Server.Do(ctx, http.MethodPut, a.path("/environments/"+env+"/secrets/"+name), value{text.Reveal()}, &now)
		if err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
	}
	if now.Version != there.Version {
		a.done.Changes = append(a.done.Changes, sentence)
	}
	return nil
}

func (a *applier) put(ctx context.Context, env, kind, name string, doc any) error {
	return a.change(ctx, fmt.Sprintf("set %s %s of %s", kind, name, env), http.MethodPut, "/environments/"+env+"/"+kind+"s/"+name, doc, nil)
}
