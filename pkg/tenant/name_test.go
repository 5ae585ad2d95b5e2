package tenant_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/tenant"
)

func TestNameIsValidByTheRule(t *testing.T) {
	t.Parallel()
	rule := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)
	long := strings.Repeat("n", 128)
	for _, name := range []string{"", "a", "-a", "_a", "a-", "9_Z", "a b", "a\n", "\na", "é", "a.b", "@", "`", "[", "{", "a\x00", long, long + "n"} {
		if tenant.ValidName(name) != rule.MatchString(name) {
			t.Errorf("%q is valid: %v", name, tenant.ValidName(name))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if name := rapid.StringMatching(`[ -~é]{1,6}`).Draw(t, "name"); tenant.ValidName(name) != rule.MatchString(name) {
			t.Errorf("%q is valid: %v", name, tenant.ValidName(name))
		}
	})
}

func BenchmarkValidName(b *testing.B) {
	for b.Loop() {
		if !tenant.ValidName("nightly-digest") {
			b.Fatal("it is no name")
		}
	}
}

func TestNameOfAnyTextIsValidOrEmpty(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Nightly digest": "nightly-digest", "--a  b--": "a-b", "": "", "…": "", "a-b-c-d": "a-b-c",
	} {
		most := 20
		if text == "a-b-c-d" {
			most = 6
		}
		if got := tenant.NameOf(text, most); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text, most := rapid.String().Draw(t, "text"), rapid.IntRange(1, 128).Draw(t, "most")
		if name := tenant.NameOf(text, most); name != "" && !tenant.ValidName(name) || len(name) > most {
			t.Errorf("%q: %q", text, name)
		}
	})
}
