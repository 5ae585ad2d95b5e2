package apply

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// workspaceDocument is what a manifest can say of the workspace itself. What it
// leaves out is not sent.
type workspaceDocument struct {
	Title              string        `json:"title,omitempty"`
	Tier               string        `json:"tier,omitempty"`
	DefaultEnvironment string        `json:"default_environment,omitempty"`
	Limits             tenant.Limits `json:"limits,omitzero"`
}

func (a *applier) workspace(ctx context.Context, w manifest.Workspace) error {
	doc, err := reach.Answer(a.Server.GetWorkspace(ctx, a.Workspace))
	if err != nil {
		return err
	}
	var there workspaceDocument
	if err := json.Unmarshal(doc, &there); err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	change, differs := differences(w, there)
	if !differs {
		return nil
	}
	return a.send("change workspace "+w.Name, change, nil, func(contentType string, body io.Reader) (*http.Response, error) {
		return a.Server.PatchWorkspaceWithBody(ctx, a.Workspace, nil, contentType, body)
	})
}

// differences are the parts that the manifest wants otherwise.
func differences(want manifest.Workspace, there workspaceDocument) (change workspaceDocument, differs bool) {
	text := func(into *string, want, there string) {
		if want != "" && want != there {
			*into, differs = want, true
		}
	}
	text(&change.Title, want.Title, there.Title)
	text(&change.Tier, want.Tier, there.Tier)
	text(&change.DefaultEnvironment, want.DefaultEnvironment, there.DefaultEnvironment)
	if want.Limits == nil {
		return change, differs
	}
	limits := tenant.Limits{
		Running: cmp.Or(want.Limits.Running, there.Limits.Running),
		Pending: cmp.Or(want.Limits.Pending, there.Limits.Pending),

		MinInterval:  cmp.Or(want.Limits.MinInterval, there.Limits.MinInterval),
		SharedSecret: want.Limits.SharedSecret || there.Limits.SharedSecret,
	}
	if limits != there.Limits {
		change.Limits, differs = limits, true
	}
	return change, differs
}
