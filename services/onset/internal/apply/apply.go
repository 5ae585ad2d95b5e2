// Package apply makes a workspace hold what a manifest declares, through the
// native API. It reads first and writes only what differs, so that applying
// twice changes nothing and a rehearsal can tell what would change.
package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// To is the workspace that a manifest is applied to.
type To struct {
	Server *client.Client
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

// Print tells a person; warnings go where errors go. Where no change is all
// there is to tell, it is told only when all was looked at.
func (d Done) Print(w, errs io.Writer, all bool) {
	for _, sentence := range d.Changes {
		fmt.Fprintln(w, sentence)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Keys)) {
		fmt.Fprintf(w, "key %s is %s (shown once)\n", name, d.Keys[name].Reveal())
	}
	if len(d.Changes) == 0 && all {
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

// change tells one difference and, unless this is a rehearsal, makes it so. out
// takes what the server answers; it may be nil.
func (a *applier) change(sentence string, out any, do func() (*http.Response, error)) error {
	if !a.DryRun {
		doc, err := reach.Answer(do())
		if err == nil && out != nil {
			err = json.Unmarshal(doc, out)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sentence, err)
		}
	}
	a.done.Changes = append(a.done.Changes, sentence)
	return nil
}

// send is a change that sends a document in the words of the manifest.
func (a *applier) send(sentence string, doc, out any, do func(contentType string, body io.Reader) (*http.Response, error)) error {
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("%s: %w", sentence, err)
	}
	return a.change(sentence, out, func() (*http.Response, error) { return do("application/json", bytes.NewReader(raw)) })
}

// standing is a document that may not be there; known is false when there is no
// such thing, or no build assigned. It takes what the calls of pkg/client return.
func standing[T any](resp *http.Response, err error) (there T, known bool, _ error) {
	doc, err := reach.Answer(resp, err)
	if client.Refused(err, client.NotFound) || client.Refused(err, client.NoBuild) {
		return there, false, nil
	}
	if err == nil {
		err = json.Unmarshal(doc, &there)
	}
	return there, err == nil, err
}
