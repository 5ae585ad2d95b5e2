package kinds

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// filler expands the templates of one activation and tells the run's reader
// what was missing in them.
type filler struct {
	scope expr.Scope
	log   func(level, message string)
}

func inside(in *node.Input) filler { return filler{scope: in.Scope, log: in.Log} }

// outgoing is a filler that knows the secrets too. What it fills leaves the
// process and is not stored.
func outgoing(in *node.Input) filler {
	scope := expr.Scope{}
	maps.Copy(scope, in.Scope)
	scope["secrets"] = in.Secrets
	return filler{scope: scope, log: in.Log}
}

// value expands a JSON value; path is where it stands, for the error.
func (f filler) value(ctx context.Context, path string, raw json.RawMessage) (any, error) {
	v, warnings, err := expr.Expand(ctx, raw, f.scope)
	return v, f.done(ctx, path, warnings, err)
}

// text expands a string for the place where it lands.
func (f filler) text(ctx context.Context, path, template string, enc expr.Encoding) (string, error) {
	s, warnings, err := expr.Text(ctx, template, f.scope, enc)
	return s, f.done(ctx, path, warnings, err)
}

// object expands the members of an object.
func (f filler) object(ctx context.Context, path string, templates map[string]json.RawMessage) (map[string]any, error) {
	out := make(map[string]any, len(templates))
	for _, name := range sorted(templates) {
		var err error
		if out[name], err = f.value(ctx, strictjson.Under(path, name), templates[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// done reports what an expansion met. A secret that is missing is not a gap to
// be sent out, and ends the node.
func (f filler) done(ctx context.Context, path string, warnings []string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return node.Permanent(run.ExpressionFailed, path+": "+err.Error())
	}
	for _, w := range warnings {
		if rest, ok := strings.CutPrefix(w, "secrets."); ok {
			name, _, _ := strings.Cut(strings.TrimSuffix(rest, " is missing"), ".")
			return node.Permanent(run.SecretMissing, "the secret "+name+" is not set")
		}
		f.log("warning", path+": "+w)
	}
	return nil
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
