package tenant

import (
	"regexp"
	"strings"
)

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)

// ValidName says whether people may name a thing so: letters, digits, dash and
// underscore, at most 128, the first a letter or a digit.
func ValidName(s string) bool { return name.MatchString(s) }

// NameRule is the sentence that goes with a refused name.
const NameRule = "a name has 1 to 128 letters, digits, dashes or underscores and begins with a letter or a digit"

var unnameable = regexp.MustCompile(`[^a-z0-9]+`)

// NameOf makes a name of free text: its letters and digits in lower case, with
// dashes for what stands between them, at most so many characters. It is empty
// when the text has none.
func NameOf(text string, most int) string {
	name := strings.Trim(unnameable.ReplaceAllString(strings.ToLower(text), "-"), "-")
	return strings.TrimRight(name[:min(most, len(name))], "-")
}
