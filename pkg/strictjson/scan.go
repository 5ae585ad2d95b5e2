package strictjson

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// maxNumber is the length of a number's text. Nobody means a longer one.
const maxNumber = 64

// scanner walks over a document and keeps nothing of it.
type scanner struct {
	raw    []byte
	limits Limits
	at     int
	depth  int
	tokens int
}

func (s *scanner) value() error {
	if err := s.token(); err != nil {
		return err
	}
	switch c := s.peek(); {
	case c == '{':
		return s.nested(s.object)
	case c == '[':
		return s.nested(s.list)
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.raw[s.at:], []byte(word)) {
			s.at += len(word)
			return nil
		}
	}
	return s.invalid("a value is expected")
}

// nested goes one level deeper; the limit also bounds our own recursion.
func (s *scanner) nested(inside func() error) error {
	if s.depth == s.limits.Depth {
		return &Error{Nesting, s.at, "the document is nested too deeply"}
	}
	s.depth++
	s.at++ // the opening bracket
	err := inside()
	s.depth--
	return err
}

func (s *scanner) list() error {
	if s.space(); s.take(']') {
		return nil
	}
	for {
		if err := s.value(); err != nil {
			return err
		}
		if s.space(); s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.invalid("a comma or ] is expected")
		}
		s.space()
	}
}

func (s *scanner) object() error {
	if s.space(); s.take('}') {
		return nil
	}
	keys := map[string]struct{}{}
	for count := 1; ; count++ {
		if count > s.limits.Keys {
			return &Error{TooLong, s.at, "an object has too many keys"}
		}
		if err := s.key(keys); err != nil {
			return err
		}
		if err := s.value(); err != nil {
			return err
		}
		if s.space(); s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.invalid("a comma or } is expected")
		}
		s.space()
	}
}

// key reads a key and its colon, and remembers it among its siblings.
func (s *scanner) key(siblings map[string]struct{}) error {
	if err := s.token(); err != nil {
		return err
	}
	start := s.at
	if s.peek() != '"' {
		return s.invalid("a key is expected")
	}
	literal, err := s.text()
	if err != nil {
		return err
	}
	if !s.limits.Duplicates {
		key := plainText(literal)
		if _, twice := siblings[key]; twice {
			return &Error{DuplicateKey, start, "a key is repeated"}
		}
		siblings[key] = struct{}{}
	}
	if s.space(); !s.take(':') {
		return s.invalid("a colon is expected")
	}
	s.space()
	return nil
}

// plainText is what a scanned string literal says: "\u0061" and "a" are one key.
func plainText(literal []byte) string {
	if !bytes.ContainsRune(literal, '\\') {
		return string(literal[1 : len(literal)-1])
	}
	var text string
	_ = json.Unmarshal(literal, &text) // the scanner has read it: it is sound
	return text
}

func (s *scanner) number() error {
	start := s.at
	s.take('-')
	switch {
	case s.take('0'):
	case !s.digits():
		return s.invalid("a digit is expected")
	}
	if s.take('.') && !s.digits() {
		return s.invalid("a digit is expected")
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return s.invalid("a digit is expected")
		}
	}
	literal := s.raw[start:s.at]
	if len(literal) > maxNumber {
		return &Error{FiniteNumber, start, "a number is too long"}
	}
	if f, err := strconv.ParseFloat(string(literal), 64); err != nil || math.IsInf(f, 0) {
		return &Error{FiniteNumber, start, "a number is out of range"}
	}
	return nil
}

func (s *scanner) digits() bool {
	start := s.at
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > start
}

// token counts what a reader has to make something of.
func (s *scanner) token() error {
	if s.tokens++; s.tokens > s.limits.Tokens {
		return &Error{TooLong, s.at, "the document has too many values"}
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.raw) {
		switch s.raw[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// peek is the next byte; NUL, which is never expected, at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.raw) {
		return s.raw[s.at]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.at < len(s.raw) && s.raw[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) invalid(msg string) error { return &Error{Invalid, s.at, msg} }
