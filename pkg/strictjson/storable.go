package strictjson

import (
	"bytes"
	"strings"
)

// Databases refuse two things that a Go string may hold: text that is not
// UTF-8, and the NUL character, also where JSON writes it as an escape. What
// comes from strangers is made storable where it comes in.

// nul is how JSON writes the NUL character.
const nul = `\u0000`

// StorableText replaces what cannot be stored in a text by U+FFFD.
func StorableText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Storable replaces the escapes of NUL in a marshalled document by that of
// U+FFFD, in place, and returns the document.
func Storable(doc []byte) []byte {
	for rest := doc; ; rest = rest[len(nul):] {
		i := findNUL(rest)
		if i < 0 {
			return doc
		}
		rest = rest[i:]
		copy(rest, `\ufffd`)
	}
}

// HoldsNUL says whether a marshalled document holds the NUL character.
func HoldsNUL(doc []byte) bool { return findNUL(doc) >= 0 }

// findNUL is the place of the first escape of NUL, or -1. A backslash that is
// itself escaped begins none.
func findNUL(doc []byte) int {
	for at := 0; ; at += 2 {
		i := bytes.IndexByte(doc[min(at, len(doc)):], '\\')
		if i < 0 {
			return -1
		}
		at += i
		if bytes.HasPrefix(doc[at:], []byte(nul)) {
			return at
		}
	}
}
