package expr

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/onsethq/onset/pkg/strictjson"
)

// Expand replaces the placeholders in the strings of a JSON value; keys of
// objects stay as they are. A string that is exactly one placeholder becomes
// the value itself, which may share memory with the scope. Warnings name the
// paths that were missing. The limits hold for the value as a whole.
func Expand(ctx context.Context, v any, s Scope) (out any, warnings []string, err error) {
	e := expansion{scope: s, room: budget{left: MaxExpansion}}
	out, err = e.value(ctx, "", v)
	return out, e.warnings, err
}

// Text replaces the placeholders in a string; what is inserted is encoded for
// where it lands.
func Text(ctx context.Context, template string, s Scope, enc Encoding) (text string, warnings []string, err error) {
	e := expansion{scope: s, room: budget{left: MaxExpansion}}
	text, err = e.text(ctx, template, enc)
	return text, e.warnings, err
}

// expansion is one call of Expand or Text.
type expansion struct {
	scope        Scope
	room         budget
	placeholders int
	warnings     []string
}

func (e *expansion) value(ctx context.Context, at string, v any) (any, error) {
	switch v := v.(type) {
	case string:
		out, err := e.exact(ctx, v)
		if err != nil && at != "" {
			err = fmt.Errorf("%s: %w", at, err)
		}
		return out, err
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = e.value(ctx, indexed(at, i), v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out[key], err = e.value(ctx, keyed(at, key), v[key]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case json.RawMessage:
		decoded, err := strictjson.Value(v)
		if err != nil {
			return nil, fmt.Errorf("reading the template: %w", err)
		}
		return e.value(ctx, at, decoded)
	}
	return v, nil
}

// exact expands a string; one that is nothing but a placeholder keeps the type
// of its value.
func (e *expansion) exact(ctx context.Context, template string) (any, error) {
	pieces, err := split(template)
	if err != nil {
		return nil, err
	}
	if len(pieces) != 1 || !pieces[0].placeholder {
		return e.join(ctx, pieces, Verbatim)
	}
	v, err := e.placeholder(ctx, pieces[0].source)
	if err != nil {
		return nil, err
	}
	return v, e.room.measure(v)
}

func (e *expansion) text(ctx context.Context, template string, enc Encoding) (string, error) {
	pieces, err := split(template)
	if err != nil {
		return "", err
	}
	return e.join(ctx, pieces, enc)
}

func (e *expansion) join(ctx context.Context, pieces []piece, enc Encoding) (string, error) {
	var out bytes.Buffer
	for i, p := range pieces {
		text := p.text
		if p.placeholder {
			v, err := e.placeholder(ctx, p.source)
			if err != nil {
				return "", err
			}
			if text, err = enc.of(p.source).encode(v, i == 0); err != nil {
				return "", fmt.Errorf("{{ %s }}: %w", p.source, err)
			}
		}
		if err := e.room.take(len(text)); err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

func (e *expansion) placeholder(ctx context.Context, source string) (any, error) {
	if e.placeholders++; e.placeholders > MaxPlaceholders {
		return nil, errTooMany
	}
	p, plain := readPath(source)
	if !plain {
		return Eval(ctx, source, e.scope)
	}
	v, found, err := p.lookup(e.scope)
	if err != nil {
		return nil, err
	}
	if !found {
		e.warnings = append(e.warnings, source+" is missing")
		return "", nil
	}
	return v, nil
}
