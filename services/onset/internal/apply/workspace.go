package apply

import (
	"cmp"
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/tenant"
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
	var there workspaceDocument
	if err := a.Server.Do(ctx, http.MethodGet, a.path(""), nil, &there); err != nil {
		return err
	}
	change, differs := differences(w, there)
	if !differs {
		return nil
	}
	return a.change(ctx, "change workspace "+w.Name, http.MethodPatch, "", change, nil)
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
	}
	if limits != there.Limits {
		change.Limits, differs = limits, true
	}
	return change, differs
}
