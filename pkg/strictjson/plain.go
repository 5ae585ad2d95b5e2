package strictjson

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is what a string says that stands in a text which Check has passed, without
// space around it; is says whether it is one.
func Text(raw []byte) (text string, is bool) {
	if raw[0] != '"' {
		return "", false
	}
	return plainText(raw), true
}

// plainText is what a scanned string literal says: "\u0061" and "a" are one key.
func plainText(literal []byte) string {
	rest := literal[1 : len(literal)-1]
	at := bytes.IndexByte(rest, '\\')
	if at < 0 {
		return string(rest)
	}
	text := make([]byte, 0, len(rest))
	for at >= 0 {
		r, size := escaped(rest[at:])
		text = utf8.AppendRune(append(text, rest[:at]...), r)
		rest = rest[at+size:]
		at = bytes.IndexByte(rest, '\\')
	}
	return string(append(text, rest...))
}

// escaped is the character that a sound escape stands for, and its length.
func escaped(text []byte) (r rune, size int) {
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return codePoint(text)
	default: // a quote, a slash or a backslash
		return rune(c), 2
	}
}

// codePoint reads \uXXXX, twice where it is a pair.
func codePoint(text []byte) (r rune, size int) {
	r, _ = hex(text[2:6])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, _ := hex(text[8:12])
	return utf16.DecodeRune(r, low), 12
}
