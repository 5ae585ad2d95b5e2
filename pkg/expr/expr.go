// Package expr is the one language of conditions, mapping and {{ }} templates:
// CEL, with limits that a stranger's expression cannot pass.
//
// A condition or a capture is bare CEL. A template is text with placeholders.
// Inside {{ }} a plain dotted path is looked up, and what is missing there
// becomes an empty string and a warning, because a person who writes a prompt
// expects a gap and not a crash. Anything else is CEL, where what is missing is
// an error; vars.?x.orValue("") says what to use instead. In a plain path a dash
// belongs to the name ({{ nodes.look-up.body }}), so a subtraction takes spaces
// around its sign. What was inserted is never expanded again.
//
// Whole JSON numbers are ints, so vars.n % 2 works on what came over the wire.
package expr

import (
	"context"
	"fmt"
)

// Problem is one thing wrong with an expression or a template. Path leads to it
// inside the value that was checked ("http.headers.X-Id", "branches[0]"), and
// is empty when the value itself is meant.
type Problem struct {
	Path    string
	Message string
}

// Check says what is wrong with a bare expression, or nil.
func Check(src string) *Problem {
	if _, err := compile(src); err != nil {
		return &Problem{Message: err.Error()}
	}
	return nil
}

// Eval evaluates a bare expression. The result is a plain JSON value: nil,
// bool, string, int64, float64, json.Number, []any or map[string]any. When ctx
// ends first, its error is returned as it is; every other error is the
// expression's own.
func Eval(ctx context.Context, src string, s Scope) (any, error) {
	v, err := evaluate(ctx, src, s)
	if err != nil {
		return nil, err
	}
	b := budget{left: MaxOutput}
	return b.plain(v)
}

// Bool evaluates a condition. Anything but true and false is an error: there
// are no truthy values.
func Bool(ctx context.Context, src string, s Scope) (bool, error) {
	v, err := Eval(ctx, src, s)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("the condition is %s, not true or false", kindOf(v))
	}
	return b, nil
}
