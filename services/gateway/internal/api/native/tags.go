package native

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	maxTags = 20
	maxTag  = 64
)

// tagsOf are the words under which a run can be found again, each once. Commas
// and what is not printed are no part of one, so that lists of tags can be
// written on a line.
func tagsOf(wanted []string) ([]string, error) {
	if len(wanted) > maxTags {
		return nil, one("tags", "invalid", fmt.Sprintf("a run has at most %d tags", maxTags))
	}
	var tags []string
	for i, tag := range wanted {
		if n := utf8.RuneCountInString(tag); n == 0 || n > maxTag || !isTag(tag) {
			return nil, one(fmt.Sprintf("tags[%d]", i), "invalid", fmt.Sprintf("a tag has 1 to %d printable characters, no comma and no space at its ends", maxTag))
		}
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

func isTag(text string) bool {
	for i, c := range text {
		last := i+utf8.RuneLen(c) == len(text)
		if c == ',' || !unicode.IsPrint(c) || c == ' ' && (i == 0 || last) {
			return false
		}
	}
	return true
}
