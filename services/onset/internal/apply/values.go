package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/reach"
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

func (a *applier) environments(ctx context.Context, w manifest.Workspace) error {
	for _, name := range slices.Sorted(maps.Keys(w.Environments)) {
		there, _, err := standing[environment](a.Server.GetEnvironment(ctx, a.Workspace, name))
		if err != nil {
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
		sentence := fmt.Sprintf("set variable %s of %s", name, env)
		err := a.change(sentence, nil, func() (*http.Response, error) {
			return a.Server.PutVariable(ctx, a.Workspace, env, name, client.ValueWanted{Value: v.Text.Reveal()})
		})
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
		sentence := fmt.Sprintf("set model %s of %s", name, env)
		err := a.send(sentence, want.Models[name], nil, func(contentType string, body io.Reader) (*http.Response, error) {
			return a.Server.PutModelWithBody(ctx, a.Workspace, env, name, contentType, body)
		})
		if err != nil {
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
		doc, err := reach.Answer(a.Server.PutSecret(ctx, a.Workspace, env, name, client.ValueWanted{Value: text.Reveal()}))
		if err == nil {
			err = json.Unmarshal(doc, &now)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
	}
	if now.Version != there.Version {
		a.done.Changes = append(a.done.Changes, sentence)
	}
	return nil
}
