package expr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/expr"
)

func TestNamesAreWhatAnExpressionCannotDoWithout(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]string{
		`env.URL`:                               {"env.URL"},
		`env["URL"] + env['B']`:                 {"env.URL", "env.B"},
		`vars.env.URL == env.A.b`:               {"env.A"},
		`has(env.URL)`:                          nil,
		`env.?URL.orValue("x")`:                 nil,
		`env[?"URL"].orValue("x")`:              nil,
		`env[vars.which]`:                       nil,
		`vars.list.exists(x, x == secrets.KEY)`: {"secrets.KEY"},
		`"env.URL"`:                             nil,
		`env`:                                   nil,
		`env.`:                                  nil,
		`nodes.env`:                             nil,
	} {
		var got []string
		for _, n := range expr.Names(src, "env", "secrets") {
			got = append(got, n.Root+"."+n.Name)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", src, d)
		}
	}
}

func TestTemplateNamesSayWhere(t *testing.T) {
	t.Parallel()
	const value = `{"http":{"url":"{{ env.BASE }}/{{ vars.id }}","headers":{"Authorization":"Bearer {{secrets.API-KEY}}","env.NOT":"env.NOT"},
 "json":["{{ message }}",{"a":"{{ env.A + env.B }}"}],"bad":"{{ env.X","odd":"{{ env }}"}}`
	want := []expr.Name{
		{Path: "http.headers.Authorization", Root: "secrets", Name: "API-KEY"},
		{Path: "http.json[1].a", Root: "env", Name: "A"},
		{Path: "http.json[1].a", Root: "env", Name: "B"},
		{Path: "http.url", Root: "env", Name: "BASE"},
	}
	if d := cmp.Diff(want, expr.TemplateNames([]byte(value), "env", "secrets")); d != "" {
		t.Error(d)
	}
	if got := expr.TemplateNames([]byte(`{`), "env"); got != nil {
		t.Errorf("what is no JSON asks for %v", got)
	}
}

func FuzzNames(f *testing.F) {
	for _, src := range []string{"env.URL", `env["a"]`, "has(env.a)", "{{ env.URL }}", "[1].map(x, env.a)", "env.?a", "((((", "\x00"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, n := range expr.Names(src, "env") {
			if n.Root != "env" {
				t.Errorf("%q asks for %v", src, n)
			}
		}
		expr.TemplateNames([]byte(src), "env", "secrets")
	})
}
