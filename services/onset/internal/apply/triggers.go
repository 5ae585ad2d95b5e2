package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/tenant"
)

// stored is a trigger as the server shows it.
type stored struct {
	ID       string `json:"id"`
	Warnings []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"warnings"`
	manifest.Trigger
}

func (a *applier) triggers(ctx context.Context, w manifest.Workspace) error {
	for _, want := range w.Triggers {
		value := want.Secret.Text
		want.Secret = manifest.Value{}
		there, known, err := standing[stored](a.Server.GetTrigger(ctx, a.Workspace, want.Name))
		if err != nil {
			return err
		}
		sentence := "create trigger " + want.Name
		if known {
			sentence = "change trigger " + want.Name
		}
		if !known || !sameTrigger(want, there.Trigger) {
			err := a.send(sentence, want, &there, func(contentType string, body io.Reader) (*http.Response, error) {
				return a.Server.PutTriggerWithBody(ctx, a.Workspace, want.Name, nil, contentType, body)
			})
			if err != nil {
				return err
			}
			a.warn(want.Name, there, value != "")
		}
		if err := a.senderSecret(ctx, want.Name, value, known); err != nil {
			return err
		}
		if there.ID != "" {
			a.done.Triggers[want.Name] = there.ID
		}
	}
	return nil
}

// noSecret is what the server says of a webhook that it knows no secret of.
const noSecret = "no_secret"

// warn passes on what the server has to say about a trigger that it has just
// stored, but for the secret that it is given next.
func (a *applier) warn(name string, t stored, secret bool) {
	if a.DryRun {
		return
	}
	for _, w := range t.Warnings {
		if secret && w.Code == noSecret {
			continue
		}
		a.done.Warnings = append(a.done.Warnings, "trigger "+name+": "+w.Message)
	}
}

// sameTrigger compares what a manifest can say of a trigger. What it leaves out
// is the default.
func sameTrigger(a, b manifest.Trigger) bool {
	return bytes.Equal(canonical(filled(a)), canonical(filled(b)))
}

func filled(t manifest.Trigger) manifest.Trigger {
	nothing := json.RawMessage("{}")
	if len(t.Config) == 0 {
		t.Config = nothing
	}
	if len(t.Policies) == 0 {
		t.Policies = nothing
	}
	if len(t.Environments) == 0 {
		t.Environments = tenant.Environments
	}
	t.Environments = slices.Sorted(slices.Values(t.Environments))
	if len(t.Labels) == 0 {
		t.Labels = nil
	}
	return t
}
