package expr

import (
	"errors"
	"strings"
)

// piece is a stretch of a template: text to keep, or a placeholder's source.
type piece struct {
	text        string
	source      string
	placeholder bool
}

// split cuts a template into pieces. A placeholder ends at the first }} that is
// in no string and closes no brace of the expression, so {{ {'a': {'b': 1}} }}
// and {{ '}}' }} are what they look like.
func split(template string) ([]piece, error) {
	var pieces []piece
	for {
		before, rest, found := strings.Cut(template, "{{")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			return pieces, nil
		}
		end, err := closing(rest)
		if err != nil {
			return nil, err
		}
		source := strings.TrimSpace(rest[:end])
		if source == "" {
			return nil, errors.New("a placeholder is empty")
		}
		pieces = append(pieces, piece{source: source, placeholder: true})
		template = rest[end+len("}}"):]
	}
}

var errUnclosed = errors.New("a placeholder is not closed with }}")

// closing is where the }} of the placeholder begins.
func closing(s string) (int, error) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'', '"':
			n := quoted(s[i:], rawPrefix(s[:i]))
			if n == 0 {
				return 0, errUnclosed
			}
			i += n - 1
		case '{':
			depth++
		case '}':
			if depth == 0 {
				if strings.HasPrefix(s[i:], "}}") {
					return i, nil
				}
				return 0, errors.New("a placeholder has a } without a {")
			}
			depth--
		}
	}
	return 0, errUnclosed
}

// quoted is the length of the string literal that s begins with, or 0 when it
// does not end.
func quoted(s string, raw bool) int {
	quote := s[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s, triple) {
		quote = triple
	}
	for i := len(quote); i < len(s); i++ {
		if s[i] == '\\' && !raw {
			i++
			continue
		}
		if strings.HasPrefix(s[i:], quote) {
			return i + len(quote)
		}
	}
	return 0
}

// rawPrefix says whether the literal behind before is r'…', rb'…' or br'…',
// in which a backslash is a letter.
func rawPrefix(before string) bool {
	word := before[len(strings.TrimRight(before, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")):]
	switch strings.ToLower(word) {
	case "r", "rb", "br":
		return true
	}
	return false
}
