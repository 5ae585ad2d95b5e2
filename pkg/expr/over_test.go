package expr_test

import (
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/expr"
)

func TestWhatHasNoValueHereIsToldBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	known := []string{"payload", "event"}
	for src, want := range map[string]string{
		`payload.a == event`:                            "",
		`payload.list.exists(item, item.n > 1)`:         "",
		`payload.list.map(index, index + 1)`:            "",
		`payload["vars"] == "env.URL"`:                  "",
		`has(payload.vars)`:                             "",
		`payload.n > 3 || schedule.missed > 0`:          "schedule has no value here: there are payload, event",
		`payload.list.exists(item, item == env.URL)`:    "env has no value here: there are payload, event",
		`vars.?x.orValue("")`:                           "vars has no value here: there are payload, event",
		`paylod.a`:                                      "undeclared reference to 'paylod'",
		`payload.list.exists(x, x == 1) && index.a > 1`: "index has no value here: there are payload, event",
	} {
		same(t, src, expr.CheckOver(src, known), want)
	}
}

func TestConditionsThatAreNeverTrueOrFalseAreRefused(t *testing.T) {
	t.Parallel()
	known := []string{"payload"}
	for src, want := range map[string]string{
		`payload.a == 1`:                 "",
		`payload.a`:                      "",
		`payload.?a.orValue(false)`:      "",
		`payload.list.all(x, x > 1)`:     "",
		`payload.a ? true : payload.b`:   "",
		`true`:                           "",
		`1 + 1`:                          "of type int",
		`size(payload) + 1`:              "of type int",
		`"opened"`:                       "of type string",
		`payload.?a`:                     "of type optional_type",
		`[payload.a == 1]`:               "of type list",
		`payload.a = 1`:                  "Syntax error",
		`output.a == 1`:                  "output has no value here",
		`payload.list.map(x, x == true)`: "of type list",
	} {
		same(t, src, expr.CheckConditionOver(src, known), want)
	}
}

func TestTemplatesAreCheckedOverTheNamesThatHaveValues(t *testing.T) {
	t.Parallel()
	const value = `{"a": "{{ payload.x }} {{ schedule.missed }}", "b": ["{{ vars.n + 1 }}"], "c": "{{ payload.n + 1 }}"}`
	var got []string
	for _, p := range expr.CheckTemplateOver([]byte(value), []string{"payload"}) {
		got = append(got, p.Path+" "+p.Message)
	}
	want := "a {{ schedule.missed }}: schedule has no value here: there are payload\nb[0] {{ vars.n + 1 }}: vars has no value here: there are payload"
	if all := strings.Join(got, "\n"); all != want {
		t.Errorf("told\n%s\nwant\n%s", all, want)
	}
	if all := expr.CheckTemplate([]byte(value)); len(all) != 0 {
		t.Errorf("where every name may have a value %v is wrong", all)
	}
}

func same(t *testing.T, src string, got *expr.Problem, want string) {
	t.Helper()
	switch {
	case want == "" && got != nil:
		t.Errorf("%s is refused: %s", src, got.Message)
	case want != "" && (got == nil || !strings.Contains(got.Message, want)):
		t.Errorf("%s: %v, want %q", src, got, want)
	}
}
