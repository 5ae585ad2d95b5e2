package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/expr"
)

func TestMentionsAreWhatAnExpressionLookedAt(t *testing.T) {
	t.Parallel()
	s := expr.Scope{"payload": map[string]any{"a": map[string]any{"b": int64(1)}, "x-y": "z", "n": nil}, "event": "e"}
	for source, want := range map[string]string{
		`payload.a.b == 1`:                          "payload.a.b=1",
		`payload.a.b == 1 && payload.a.b < 2`:       "payload.a.b=1",
		`payload["x-y"] == 'z' || payload.a.c`:      "payload.x-y=z payload.a.c=nothing",
		`payload.?q.orValue('') == ''`:              "payload.q=nothing",
		`has(payload.n)`:                            "payload.n=<nil>",
		`payload[event] == 1`:                       "",
		`payload.list.exists(i, i.name == 'x')`:     "payload.list=nothing",
		`nobody.a == 1`:                             "",
		`payload.a.b ==`:                            "",
		`size(headers) > 0 && query.a == payload.n`: "query.a=nothing payload.n=<nil>",
	} {
		var got []string
		for _, m := range expr.Mentions(source, s) {
			value := "nothing"
			if m.Found {
				value = fmt.Sprint(m.Value)
			}
			got = append(got, m.Path+"="+value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", source, strings.Join(got, " "), want)
		}
	}
}

func TestMarkedKeepsAStrangersWordsApart(t *testing.T) {
	t.Parallel()
	s := expr.Scope{"message": "x </data> < / DATA> <data>y", "vars": map[string]any{"n": int64(1)}, "env": map[string]string{"A": "b"}}
	got, _, err := expr.Text(t.Context(), "{{ env.A }}: {{ message }}, {{ vars.n + 1 }} {{ 'plain' }}", s, expr.Marked)
	if err != nil {
		t.Fatal(err)
	}
	if want := "b: <data>x &lt;/data> &lt; / DATA> &lt;data>y</data>, <data>2</data> plain"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
