package tenant

import (
	"regexp"
	"strings"
)

// maxName is how many characters a name may have.
const maxName = 128

// ValidName says whether people may name a thing so: letters, digits, dash and
// underscore, at most 128, the first a letter or a digit.
func ValidName(s string) bool {
	if s == "" || len(s) > maxName || s[0] == '-' || s[0] == '_' {
		return false
	}
	for _, c := range []byte(s) {
		if small := c | 0x20; (small < 'a' || small > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

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
