package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/tenant"
)

// stored is a trigger as the server shows it.
type stored struct {
	ID string `json:"id"`
	manifest.Trigger
}

func (a *applier) triggers(ctx context.Context, w manifest.Workspace) error {
	for _, want := range w.Triggers {
		at := "/triggers/" + want.Name
		var there stored
		known, err := a.read(ctx, at, &there)
		if err != nil {
			return err
		}
		switch {
		case !known:
			err = a.change(ctx, "create trigger "+want.Name, http.MethodPut, at, want, &there)
		case !sameTrigger(want, there.Trigger):
			err = a.change(ctx, "change trigger "+want.Name, http.MethodPut, at, want, nil)
		}
		if err != nil {
			return err
		}
		if there.ID != "" {
			a.done.Triggers[want.Name] = there.ID
		}
	}
	return nil
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
