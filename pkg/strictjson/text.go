package strictjson

import (
	"strconv"
	"unicode/utf16"
)

// text reads a string literal and gives it back with its quotes.
func (s *scanner) text() ([]byte, error) {
	start := s.at
	s.at++ // the opening quote
	for s.at < len(s.raw) {
		switch c := s.raw[s.at]; {
		case c == '"':
			s.at++
			return s.raw[start:s.at], nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, s.invalid("a control character in a string")
		default:
			s.at++
		}
	}
	return nil, s.invalid("a string is not closed")
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
	n, err := strconv.ParseUint(string(s.raw[s.at+1:s.at+5]), 16, 16)
	s.at += 5
	return rune(n), err == nil
}
