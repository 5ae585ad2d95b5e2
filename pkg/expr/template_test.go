package expr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/expr"
)

func TestExpandReplacesPlaceholders(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]any{
		`plain`:                              "plain",
		``:                                   "",
		`{{ message }}`:                      "hello",
		`{{message}}, {{ vars.severity }}`:   "hello, high",
		`{{ vars.whole }}`:                   int64(4),
		`n={{ vars.n }}`:                     "n=7",
		`{{ vars.list }}`:                    []any{int64(1), "two", nil},
		`list: {{ vars.list }}`:              `list: [1,"two",null]`,
		`{{ vars.list.1 }}`:                  "two",
		`{{ vars.nothing }}`:                 nil,
		`{{ vars.big }}`:                     json.Number("18446744073709551616"),
		`{{ nodes.look-up.body.items.0 }}`:   map[string]any{"id": int64(12)},
		`{{ nodes.look-up.body.items.0.id}}`: int64(12),
		`{{ nodes['look-up'].body.items[0].id + 1 }}`: int64(13),
		`{{ env }}`:                     map[string]any{"BASE": "http://example.com:8080"},
		`{{ vars.n - vars.whole }}`:     int64(3),
		`{{ {'a': {'b': 1}} }}`:         map[string]any{"a": map[string]any{"b": int64(1)}},
		`{{ {'a': {'b': 1}}}}`:          map[string]any{"a": map[string]any{"b": int64(1)}},
		`{{ '{{' }} and {{ "}}" }}`:     "{{ and }}",
		`{{ r'\' + "\"}}" }}!`:          `\"}}!`,
		`{{ '''it's }}''' }}!`:          "it's }}!",
		` {{ vars.whole }}`:             " 4",
		`a }} b } c { d`:                "a }} b } c { d",
		`{{ vars.?x.orValue('none') }}`: "none",
	} {
		t.Run(template, func(t *testing.T) {
			t.Parallel()
			got, warnings, err := expr.Expand(t.Context(), template, scope())
			if err != nil || warnings != nil {
				t.Fatal(warnings, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExpandWalksTheWholeValue(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"{{ message }}": ["{{ message }}", {"n": 1, "x": "{{ vars.n }}"}], "t": true, "gone": "{{ vars.gone }}", "far": "<{{ nodes.a.b.c }}>"}`)
	got, warnings, err := expr.Expand(t.Context(), raw, scope())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"{{ message }}": []any{"hello", map[string]any{"n": int64(1), "x": 7.0}},
		"t":             true,
		"gone":          "",
		"far":           "<>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"nodes.a.b.c is missing", "vars.gone is missing"}, warnings); diff != "" {
		t.Error(diff)
	}
}

func TestInsertedTextIsNotExpandedAgain(t *testing.T) {
	t.Parallel()
	s := expr.Scope{"message": "{{ secrets.KEY }}", "secrets": map[string]any{"KEY": "s3cret"}}
	for _, template := range []string{"{{ message }}", "<{{ message }}>", "{{ message + '' }}", "{{{{ message }}"} {
		got, _, _ := expr.Expand(t.Context(), template, s)
		if text, _ := got.(string); strings.Contains(text, "s3cret") {
			t.Errorf("%s became %s", template, text)
		}
	}
}

func TestTextEncodesForWhereItLands(t *testing.T) {
	t.Parallel()
	s := expr.Scope{
		"env":  map[string]string{"BASE": "http://example.com:8080/v1"},
		"vars": map[string]any{"id": "a b/../c?x=1&y#z%", "line": "a\r\nHost: evil", "up": "..", "n": int64(3), "ü": "é+"},
	}
	for _, test := range []struct {
		name     string
		encoding expr.Encoding
		template string
		want     string
		fails    bool
	}{
		{"Verbatim", expr.Verbatim, "<{{ vars.id }}>", "<a b/../c?x=1&y#z%>", false},
		{"HTMLIsNotTouched", expr.Verbatim, "{{ ['<&>'] }}!", `["<&>"]!`, false},
		{"URLBaseStays", expr.URL, "{{ env.BASE }}/items/{{ vars.id }}?n={{ vars.n }}", "http://example.com:8080/v1/items/a%20b%2F..%2Fc%3Fx%3D1%26y%23z%25?n=3", false},
		{"URLPart", expr.URLPart, "{{ vars['ü'] }}", "%C3%A9%2B", false},
		{"URLHostCannotBeChosen", expr.URL, "http://{{ vars.id }}/", "http://a%20b%2F..%2Fc%3Fx%3D1%26y%23z%25/", false},
		{"URLDoesNotClimb", expr.URL, "http://example.com/{{ vars.up }}", "", true},
		{"HeaderTakesText", expr.Header, "Bearer {{ vars.n }}", "Bearer 3", false},
		{"HeaderRefusesLines", expr.Header, "{{ vars.line }}", "", true},
		{"ExactStaysText", expr.Verbatim, "{{ vars.n }}", "3", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := expr.Text(t.Context(), test.template, s, test.encoding)
			if (err != nil) != test.fails || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestExpandSaysWhereItFailed(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"http": {"headers": ["a", "{{ vars.x + 1 }}"]}}`)
	_, _, err := expr.Expand(t.Context(), raw, scope())
	if err == nil || !strings.HasPrefix(err.Error(), "http.headers[1]: ") {
		t.Errorf("got %v", err)
	}
	if _, _, err := expr.Expand(t.Context(), "{{ item.x }}", scope()); err == nil {
		t.Error("a name that does not exist here was looked up")
	}
}

func TestCheckTemplateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	got := expr.CheckTemplate(json.RawMessage(`{
		"fine": "{{ vars.x }} {{ nodes.a-b.c }} {{ args.?y.orValue(1) }}",
		"http": {"url": "{{ unknown.x }}", "list": ["ok", "{{ }}", "{{ vars.x"]},
		"two": "{{ vars. }} {{ 1 + }}"
	}`))
	var paths []string
	for _, p := range got {
		paths = append(paths, p.Path)
		if p.Message == "" {
			t.Errorf("%s has no message", p.Path)
		}
	}
	if diff := cmp.Diff([]string{"http.list[1]", "http.list[2]", "http.url", "two", "two"}, paths); diff != "" {
		t.Error(diff)
	}
}

func TestTemplatesHaveLimits(t *testing.T) {
	t.Parallel()
	fit := strings.Repeat("{{ message }}", expr.MaxPlaceholders)
	if got := expr.CheckTemplate(quoted(fit)); got != nil {
		t.Errorf("a thousand placeholders: %v", got)
	}
	if _, _, err := expr.Expand(t.Context(), fit, scope()); err != nil {
		t.Error(err)
	}
	over := fit + "{{ message }}"
	if got := expr.CheckTemplate(quoted(over)); len(got) != 1 {
		t.Errorf("one more: %v", got)
	}
	if _, _, err := expr.Expand(t.Context(), over, scope()); err == nil {
		t.Error("one more was expanded")
	}

	large := expr.Scope{"message": strings.Repeat("x", 8<<10), "vars": map[string]any{"list": []any{strings.Repeat("x", expr.MaxExpansion)}}}
	for _, template := range []any{
		strings.Repeat("{{ message }}", 300),
		"{{ vars.list }}",
		[]any{strings.Repeat("y", expr.MaxExpansion/2), strings.Repeat("z", expr.MaxExpansion/2+1)},
	} {
		if _, _, err := expr.Expand(t.Context(), template, large); err == nil {
			t.Errorf("%.30v grew beyond the limit", template)
		}
	}
}

func quoted(s string) json.RawMessage {
	b, _ := json.Marshal(s)
	return b
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "{{", "{{}}", "{{ message }}", "{{ '}}' }}", "{{ {'a':{}}}}", `{{ r'\' }}`, "{{ '''", "}}{{\"", "{{ vars.a-b }}", "{{ message", "{{\xff}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		expr.CheckTemplate(quoted(template))
		got, _, err := expr.Expand(t.Context(), template, scope())
		if err == nil && !strings.Contains(template, "{{") && got != template {
			t.Errorf("%q became %v", template, got)
		}
	})
}
