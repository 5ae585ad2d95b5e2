package expr_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/expr"
)

// scope holds every kind of value that a run may bring.
func scope() expr.Scope {
	return expr.Scope{
		"message": "hello",
		"vars": map[string]any{
			"n": float64(7), "whole": int64(4), "half": 0.5, "severity": "high", "nothing": nil,
			"list": []any{int64(1), "two", nil},
			"map":  map[string]any{"a": int64(1)},
			"big":  json.Number("18446744073709551616"),
		},
		"nodes":   map[string]any{"look-up": map[string]any{"body": map[string]any{"items": []any{map[string]any{"id": int64(12)}}}}},
		"env":     map[string]string{"BASE": "http://example.com:8080"},
		"secrets": map[string]string{"PORT": "hunter2hunter2"},
	}
}

func TestEvalGivesPlainJSONValues(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]any{
		`vars.n % 2`:                         int64(1),
		`double(vars.n) / 2.0`:               3.5,
		`vars.half`:                          0.5,
		`vars.half < vars.n`:                 true,
		`vars.whole + 1`:                     int64(5),
		`vars.severity == 'high'`:            true,
		`message + '!'`:                      "hello!",
		`vars.list`:                          []any{int64(1), "two", nil},
		`vars.map`:                           map[string]any{"a": int64(1)},
		`vars.?x.orValue('none')`:            "none",
		`vars.?x`:                            nil,
		`vars.?n`:                            int64(7),
		`has(vars.x)`:                        false,
		`nodes['look-up'].body.items[0].id`:  int64(12),
		`env.BASE`:                           "http://example.com:8080",
		`{'k': [1, 2.5, true, null]}`:        map[string]any{"k": []any{int64(1), 2.5, true, nil}},
		`{1: 'a', true: 'b'}`:                map[string]any{"1": "a", "true": "b"},
		`b'hi'`:                              "aGk=",
		`18446744073709551615u`:              json.Number("18446744073709551615"),
		`timestamp('2026-03-29T07:00:00Z')`:  "2026-03-29T07:00:00Z",
		`duration('90s')`:                    "1m30s",
		`'a,b'.split(',')`:                   []any{"a", "b"},
		`vars.list.map(x, type(x) == int)`:   []any{true, false, false},
		`math.greatest(vars.n, vars.whole)`:  int64(7),
		`[vars.nothing, message.size()]`:     []any{nil, int64(5)},
		`message.matches('^h.*o$')`:          true,
		`vars.list.filter(x, x == 'two')[0]`: "two",
		`vars.big > vars.n`:                  true,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			got, err := expr.Eval(t.Context(), src, scope())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEvalSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`vars.x`:             "no such key: x",
		`args.text`:          "no such attribute",
		`vars.n / 2.0`:       "no such overload",
		`1.0 / 0.0`:          "not a finite number",
		`type(1)`:            "which JSON does not have",
		`{1.5: 2}`:           "a key of the result is a double",
		`vars.list[9]`:       "index out of bounds",
		``:                   "the expression is empty",
		`nope.x`:             "undeclared reference to 'nope'",
		`vars.`:              "Syntax error",
		`message.matches(1)`: "found no matching overload",
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			v, err := expr.Eval(t.Context(), src, scope())
			if err == nil {
				t.Fatalf("got %v, want an error", v)
			}
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", err, want)
			}
		})
	}
}

func TestCheckFindsWhatDoesNotCompile(t *testing.T) {
	t.Parallel()
	for src, sound := range map[string]bool{
		`vars.x == 1`:                       true,
		`args.text`:                         true,
		`vars.?x.orValue('')`:               true,
		`vars.x ==`:                         false,
		`unknown.x`:                         false,
		`'(' .matches('(')`:                 false,
		strings.Repeat("1+", 2500) + "1":    false,
		strings.Repeat("(", 60) + "1":       false,
		" ":                                 false,
		`"` + strings.Repeat("x", 4<<10):    false,
		`vars.list.all(x, x > 0) && vars.y`: true,
	} {
		problem := expr.Check(src)
		if (problem == nil) != sound {
			t.Errorf("%.40s: %v", src, problem)
		}
	}
}

func TestBoolKnowsOnlyTrueAndFalse(t *testing.T) {
	t.Parallel()
	if got, err := expr.Bool(t.Context(), `vars.severity == 'high'`, scope()); err != nil || !got {
		t.Errorf("got %v, %v", got, err)
	}
	for _, src := range []string{`vars.severity`, `1`, `vars.nothing`, `vars.list`, `vars.map`} {
		if got, err := expr.Bool(t.Context(), src, scope()); err == nil {
			t.Errorf("%s: got %v, want an error", src, got)
		}
	}
}

func TestEvalGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	big := make([]any, 5000)
	_, err := expr.Eval(ctx, `vars.all(x, x == null)`, expr.Scope{"vars": big})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	for _, secrets := range []any{
		map[string]string{"PORT": "hunter2hunter2"},
		map[string]any{"PORT": "hunter2hunter2"},
	} {
		for _, src := range []string{
			`int(secrets.PORT)`, `{'a': 1}[secrets.PORT]`, `{'a': 1}[secrets.PORT.substring(0, 5)]`,
			`'x'.matches('(' + secrets.PORT)`, `timestamp(secrets.PORT + '"')`,
		} {
			_, err := expr.Eval(t.Context(), src, expr.Scope{"secrets": secrets})
			if err == nil || strings.Contains(err.Error(), "hunte") {
				t.Errorf("%s: %v", src, err)
			}
		}
	}
}
