// Package apply makes a workspace hold what a manifest declares, through the
// native API. It reads first and writes only what differs, so that applying
// twice changes nothing and a rehearsal can tell what would change.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/client"
)

// To is the workspace that a manifest is applied to.
type To struct {
	Server client.Server
	// Workspace is its id or name.
	Workspace string
	// DryRun tells and writes nothing.
	DryRun bool
}

// Done is what applying did, or would have done.
type Done struct {
	// Changes are sentences in the order in which they happened.
	Changes []string
	// Warnings are what the server had to say about them.
	Warnings []string
	// Keys are the keys that the server made, by name: nobody can read them
	// again.
	Keys map[string]secret.Secret
	// Triggers are the ids of the declared triggers that exist, by name.
	Triggers map[string]string
}

// Print tells a person; warnings go where errors go.
func (d Done) Print(w, errs io.Writer) {
	for _, sentence := range d.Changes {
		fmt.Fprintln(w, sentence)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Keys)) {
		fmt.Fprintf(w, "key %s is %s (shown once)\n", name, d.Keys[name].Reveal())
	}
	if len(d.Changes) == 0 {
		fmt.Fprintln(w, "nothing to change")
	}
	for _, sentence := range d.Warnings {
		fmt.Fprintln(errs, "warning: "+sentence)
	}
}

// Apply makes the workspace hold what w declares. It stops at the first
// refusal; what was done until then is done, and applying again continues.
func (to To) Apply(ctx context.Context, w manifest.Workspace) (Done, error) {
	a := applier{To: to, done: Done{Keys: map[string]secret.Secret{}, Triggers: map[string]string{}}}
	steps := []func(context.Context, manifest.Workspace) error{
		a.workspace, a.keys, a.environments, a.graphs, a.triggers,
	}
	for _, step := range steps {
		if err := step(ctx, w); err != nil {
			return a.done, err
		}
	}
	return a.done, nil
}

type applier struct {
	To
	done Done
}

// change tells one difference and, unless this is a rehearsal, makes it so.
func (a *applier) change(ctx context.Context, sentence, method, path string, in, out any) error {
	if !a.DryRun {
		if err := a.Server.Do(ctx, method, a.path(path), in, out); err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
	}
	a.done.Changes = append(a.done.Changes, sentence)
	return nil
}

// read answers false when there is no such thing, or no build assigned.
func (a *applier) read(ctx context.Context, path string, out any) (bool, error) {
	err := a.Server.Do(ctx, http.MethodGet, a.path(path), nil, out)
	var refused *client.Problem
	if errors.As(err, &refused) && (refused.Code == string(fault.NotFound) || refused.Code == string(fault.NoBuild)) {
		return false, nil
	}
	return err == nil, err
}

func (a *applier) path(rest string) string {
	return "/api/v1/workspaces/" + url.PathEscape(a.Workspace) + rest
}
