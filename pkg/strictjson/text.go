package strictjson

import (
	"strconv"
	"unicode/utf16"
)

// text reads a string literal and gives it back with its quotes.
func (s *scanner) text() ([]byte, error) {
	start := s.at
	s.at++ // the opening quote
	for s.at += plain(s.raw[s.at:]); s.at < len(s.raw); s.at += plain(s.raw[s.at:]) {
		switch s.raw[s.at] {
		case '"':
			s.at++
			return s.raw[start:s.at], nil
		case '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		default:
			return nil, s.invalid("a control character in a string")
		}
	}
	return nil, s.invalid("a string is not closed")
}

// plain is how many bytes there are before one that means something in a string
// literal.
func plain(raw []byte) int {
	for i, c := range raw {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(raw)
}

func (s *scanner) escape() error {
	s.at++ // the backslash
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		return s.unicode()
	}
	return s.invalid("an unknown escape in a string")
}

// unicode reads the u and what follows; halves of a pair must come together.
func (s *scanner) unicode() error {
	r, ok := s.hex()
	if !ok {
		return s.invalid("four hexadecimal digits are expected")
	}
	if r == 0 {
		return s.invalid("the character NUL")
	}
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if s.take('\\') && s.peek() == 'u' {
		if low, ok := s.hex(); ok && utf16.DecodeRune(r, low) != '\uFFFD' {
			return nil
		}
	}
	return s.invalid("half of a surrogate pair")
}

// hex reads uXXXX.
func (s *scanner) hex() (rune, bool) {
	if s.at+5 > len(s.raw) {
		return 0, false
	}
	r, ok := hex(s.raw[s.at+1 : s.at+5])
	s.at += 5
	return r, ok
}

func hex(digits []byte) (rune, bool) {
	n, err := strconv.ParseUint(string(digits), 16, 16)
	return rune(n), err == nil
}
