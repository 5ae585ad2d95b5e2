package kinds

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However a model's text is cut into pieces, what watchers see is the text that
// the journal keeps, in order and without a gap.
func TestWhatIsShownIsWhatIsKept(t *testing.T) {
	t.Parallel()
	hide := newRedactor(map[string]string{"A": "s3cret/va+lue", "B": "lue-and-on", "C": "s3cret/va+lue-and-more", "D": "zwölfäöü"})
	words := []string{"s3cret/va+lue", "lue-and-on", "s3cret/va+lue-and-more", "zwölfäöü", "s3cret", "/va+", "lue", "-and-", "on", "more", "s", "ö", " ", "x"}
	rapid.Check(t, func(t *rapid.T) {
		whole := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), "")
		var shown strings.Builder
		s := &spoken{hide: hide, say: func(offset int, text string) {
			if offset != len([]rune(shown.String())) {
				t.Fatalf("a piece at %d behind %q", offset, shown.String())
			}
			shown.WriteString(text)
		}}
		rest := []rune(whole)
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			s.hear(string(rest[:n]))
			rest = rest[n:]
			for _, secret := range []string{"s3cret/va+lue", "lue-and-on", "zwölfäöü"} {
				if strings.Contains(shown.String(), secret) {
					t.Fatalf("%q shows %q", whole, shown.String())
				}
			}
		}
		s.end()
		if got, want := shown.String(), hide.text(whole); got != want {
			t.Fatalf("shown %q, kept %q", got, want)
		}
	})
}

func TestTextWithoutSecretsIsShownAtOnce(t *testing.T) {
	t.Parallel()
	shown := ""
	s := &spoken{hide: newRedactor(map[string]string{"A": "s3cret/va+lue"}), say: func(_ int, text string) { shown += text }}
	for _, piece := range []string{"all ", "is ", "well s", "3", "cond"} {
		s.hear(piece)
	}
	if shown != "all is well s3cond" {
		t.Errorf("shown %q", shown)
	}
}
