package expr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/expr"
)

// patience is generous against a busy machine and far below what any of these
// takes without limits: hours, or more memory than there is.
const patience = 15 * time.Second

// large holds what a stranger may really send.
func large() expr.Scope {
	list := make([]any, 10_000)
	for i := range list {
		list[i] = int64(i)
	}
	records := make([]any, 2_000)
	for i := range records {
		records[i] = map[string]any{"id": int64(i), "title": strings.Repeat("x", 200), "tags": []any{"a", "b"}}
	}
	huge := make([]any, 200_000)
	for i := range huge {
		huge[i] = int64(i)
	}
	return expr.Scope{
		"message": strings.Repeat("ab", 1<<19),
		"vars":    map[string]any{"list": list, "records": records, "huge": huge},
	}
}

func TestHostileExpressionsEndSoon(t *testing.T) {
	t.Parallel()
	s := large()
	again := func(piece string, n int) string { return strings.Repeat(piece, n) }
	for name, src := range map[string]string{
		"NestedLoops":       `vars.list.all(a, vars.list.all(b, vars.list.all(c, a + b + c >= 0)))`,
		"ListOfLists":       `vars.list.map(a, vars.list.map(b, vars.list)).size() > 0`,
		"ListsAsResult":     `vars.list.map(x, vars.list)`,
		"SharedResult":      `[[1]]` + again(`.map(x, [x, x])`, 40),
		"SharedMaps":        `[[1]]` + again(`.map(x, {'a': x, 'b': x})`, 18) + `.all(x, ` + again(`x == x && `, 40) + `true)`,
		"SharedEquality":    `[[1]]` + again(`.map(x, [x, x])`, 18) + `.all(x, ` + again(`x == x && `, 40) + `true)`,
		"SharedInequality":  `[[1]]` + again(`.map(x, [x, x])`, 40) + `.exists(x, x != x)`,
		"SharedMembership":  `[[1]]` + again(`.map(x, [x, x])`, 40) + `.exists(x, x in [x])`,
		"ConcatEquality":    `[[1]]` + again(`.map(x, x + x)`, 45) + `.all(x, x == x)`,
		"SharedFormat":      `'%s'.format([[1]` + again(`.map(x, [x, x])`, 40) + `])`,
		"RepeatedEquality":  `vars.list.all(y, vars.records == vars.records)`,
		"RepeatedIn":        `vars.list.all(y, -1 in vars.huge || true)`,
		"TextAsResult":      `message + message`,
		"TextInLoop":        `vars.list.map(x, message + message).size() == 0`,
		"TextSizes":         `[` + again(`message.size(), `, 200) + `1].size() == 0`,
		"Replace":           `message.replace('a', message).size() == 0`,
		"ReplaceOfReplace":  `message.replace('a', message.replace('b', message)).size() == 0`,
		"ReplaceEverywhere": `message.replace('', message).size() == 0`,
		"Join":              `vars.list.map(x, message).join(message).size() == 0`,
		"JoinSeparator":     `vars.list.map(x, '').join(message).size() == 0`,
		"Search":            `message.indexOf(message + 'c') == 0`,
		"SearchBackwards":   `message.lastIndexOf(message.substring(10) + 'c') == 0`,
		"Regex":             `vars.list.exists(x, message.matches('(a|b|ab)*(a|b|ab)*c$' + string(x)))`,
		"RegexRepeat":       `message.matches('((a{1,30}){1,30}){1,30}')`,
		"RegexMany":         again(`message.matches('a+b+c|d') || `, 100) + `false`,
		"Split":             again(`message.split('') == [] || `, 100) + `false`,
	} {
		// One after the other: each is measured, and alone.
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			v, err := expr.Eval(t.Context(), src, s)
			if took := time.Since(start); took > patience {
				t.Errorf("took %v", took)
			}
			if err == nil {
				t.Errorf("succeeded with %.80v", v)
			}
		})
	}
}

func TestHonestExpressionsOverLargeValuesSucceed(t *testing.T) {
	t.Parallel()
	s := large()
	for src, want := range map[string]any{
		`message.size()`:                                                    int64(1 << 20),
		`message.contains('zz')`:                                            false,
		`message.matches('a+b+c')`:                                          false,
		`message.indexOf('c')`:                                              int64(-1),
		`message == message + ''`:                                           true,
		`vars.huge.size()`:                                                  int64(200_000),
		`vars.huge[5]`:                                                      int64(5),
		`vars.list == vars.list`:                                            true,
		`9999 in vars.list`:                                                 true,
		`vars.list.filter(x, x % 2 == 0).size()`:                            int64(5_000),
		`vars.records.filter(r, r.id > 1990)[0].id`:                         int64(1991),
		`vars.records.all(r, 'a' in r.tags)`:                                true,
		`vars.records.map(r, r.title).size()`:                               int64(2_000),
		`vars.list.map(x, string(x)).join(',').size()`:                      int64(48_889),
		`'a-b-c'.replace('-', '').replace('', '.')`:                         ".a.b.c.",
		`'%s is %.2f'.format(['pi', 3.14159])`:                              "pi is 3.14",
		`'a-b-c'.lastIndexOf('-') - 'a-b-c'.indexOf('-', 2)`:                int64(0),
		`['a', 'b'].join() + ['a', 'b'].join('/')`:                          "aba/b",
		`matches('abc', '^a') && [1, [2]] != [1, [3]]`:                      true,
		`dyn({'a': [1]}) == dyn({'a': [1.0]}) && 1 in {1: 2} && !(2 in [])`: true,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			got, err := expr.Eval(t.Context(), src, s)
			if err != nil || got != want {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

func TestHostileSourcesAreJudgedSoon(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"Brackets":     strings.Repeat("[", 4000),
		"Parentheses":  strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000),
		"Nots":         strings.Repeat("!(", 1000) + "true" + strings.Repeat(")", 1000),
		"Ternary":      strings.Repeat("true ? ", 500) + "1",
		"Macros":       strings.Repeat("[1].all(x, ", 200) + "true" + strings.Repeat(")", 200),
		"Quotes":       strings.Repeat(`"`, 4001),
		"Calls":        "vars" + strings.Repeat(".a()", 900),
		"Sum":          strings.Repeat("1+", 2000) + "1",
		"Garbage":      strings.Repeat("@#$%^&*", 500),
		"Mixed":        strings.Repeat("([{", 1300),
		"Conditionals": strings.Repeat("a?b:", 1000),
		"Operators":    strings.Repeat("a<b ", 1000),
		"TooLong":      strings.Repeat("x", 1<<20),
		"NUL":          "vars.\x00",
		"NoText":       "vars.\xff",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			if problem := expr.Check(src); problem == nil || strings.Contains(problem.Message, "\n") {
				t.Errorf("got %v", problem)
			}
			if took := time.Since(start); took > patience {
				t.Errorf("took %v", took)
			}
		})
	}
}
