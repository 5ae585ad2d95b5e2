package tenant_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/tenant"
)

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
