package strictjson

import (
	"bytes"
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

// whole reads the one value that the document is, and the space around it.
func (s *scanner) whole(value func() error) error {
	s.space()
	if err := value(); err != nil {
		return err
	}
	if s.space(); s.at < len(s.raw) {
		return s.invalid("text follows the value")
	}
	return nil
}

func (s *scanner) value() error {
	if err := s.token(); err != nil {
		return err
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object(func([]byte) error { return s.value() })
	case c == '[':
		return s.list(s.value)
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || '0' <= c && c <= '9':
		_, err := s.number()
		return err
	}
	_, err := s.word()
	return err
}

// object reads an object. each reads the value behind a key, of which it is given
// the literal.
func (s *scanner) object(each func(key []byte) error) error {
	if err := s.open(); err != nil {
		return err
	}
	if s.space(); s.shut('}') {
		return nil
	}
	var siblings names
	for count := 1; ; count++ {
		if count > s.limits.Keys {
			return &Error{TooLong, s.at, "an object has too many keys"}
		}
		key, err := s.key(&siblings)
		if err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
		if s.space(); s.shut('}') {
			return nil
		}
		if !s.take(',') {
			return s.invalid("a comma or } is expected")
		}
		s.space()
	}
}

// list reads a list. each reads one of its values.
func (s *scanner) list(each func() error) error {
	if err := s.open(); err != nil {
		return err
	}
	if s.space(); s.shut(']') {
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if s.space(); s.shut(']') {
			return nil
		}
		if !s.take(',') {
			return s.invalid("a comma or ] is expected")
		}
		s.space()
	}
}

// open goes one level deeper; the limit also bounds our own recursion.
func (s *scanner) open() error {
	if s.depth == s.limits.Depth {
		return &Error{Nesting, s.at, "the document is nested too deeply"}
	}
	s.depth++
	s.at++ // the opening bracket
	return nil
}

// shut takes the closing bracket, if it is there, and goes back up.
func (s *scanner) shut(bracket byte) bool {
	if !s.take(bracket) {
		return false
	}
	s.depth--
	return true
}

// key reads a key and its colon, and remembers it among its siblings.
func (s *scanner) key(siblings *names) ([]byte, error) {
	if err := s.token(); err != nil {
		return nil, err
	}
	start := s.at
	if s.peek() != '"' {
		return nil, s.invalid("a key is expected")
	}
	literal, err := s.text()
	if err != nil {
		return nil, err
	}
	if !s.limits.Duplicates && !siblings.add(literal) {
		return nil, &Error{DuplicateKey, start, "a key is repeated"}
	}
	if s.space(); !s.take(':') {
		return nil, s.invalid("a colon is expected")
	}
	s.space()
	return literal, nil
}

// word reads true, false or null.
func (s *scanner) word() (any, error) {
	for _, w := range words {
		if bytes.HasPrefix(s.raw[s.at:], w.text) {
			s.at += len(w.text)
			return w.value, nil
		}
	}
	return nil, s.invalid("a value is expected")
}

var words = [...]struct {
	text  []byte
	value any
}{{[]byte("true"), true}, {[]byte("false"), false}, {[]byte("null"), nil}}

// number reads a number and gives back its text.
func (s *scanner) number() ([]byte, error) {
	start := s.at
	s.take('-')
	switch {
	case s.take('0'):
	case !s.digits():
		return nil, s.invalid("a digit is expected")
	}
	if s.take('.') && !s.digits() {
		return nil, s.invalid("a digit is expected")
	}
	scaled := s.take('e') || s.take('E')
	if scaled {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return nil, s.invalid("a digit is expected")
		}
	}
	literal := s.raw[start:s.at]
	if len(literal) > maxNumber {
		return nil, &Error{FiniteNumber, start, "a number is too long"}
	}
	if scaled { // else maxNumber digits are in range
		if _, err := strconv.ParseFloat(string(literal), 64); err != nil {
			return nil, &Error{FiniteNumber, start, "a number is out of range"}
		}
	}
	return literal, nil
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
