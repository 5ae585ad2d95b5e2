// Package strictjson reads JSON from strangers: nothing that encoding/json
// would quietly repair, drop or misread gets past it.
//
// It refuses duplicate keys, text that is not UTF-8, lone surrogates, a byte
// order mark, NUL (which Postgres does not store), numbers that no float64
// holds, and whatever follows the value; keys match exactly, letter case
// included.
package strictjson

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bound a document. A field that is zero means its default.
type Limits struct {
	Depth  int // objects and lists inside each other; 32
	Keys   int // of one object; 2000
	Tokens int // values and keys of the whole document; 200 000
	Bytes  int // of the whole document; unlimited, because whoever read it had a limit
	// Duplicates lets a repeated key pass: the last one wins, as the senders of
	// webhooks expect.
	Duplicates bool
}

// Stored is for what other systems answer and we keep.
var Stored = Limits{Duplicates: true}

// judged are the limits of what was judged before: only depth is bounded,
// because our recursion is.
var judged = Limits{Keys: math.MaxInt, Tokens: math.MaxInt, Duplicates: true}

const (
	defaultDepth  = 32
	defaultKeys   = 2_000
	defaultTokens = 200_000
)

// Kind is what is wrong with a document, for machines.
type Kind string

const (
	Invalid      Kind = "json_invalid"
	Nesting      Kind = "json_nesting"
	FiniteNumber Kind = "finite_number"
	DuplicateKey Kind = "duplicate_key"
	TooLong      Kind = "too_long"
	NotObject    Kind = "dict_type"
)

// Error is the first thing wrong with a document.
type Error struct {
	Kind   Kind
	Offset int // in bytes
	Msg    string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.Msg, e.Offset) }

// Check says whether raw is one JSON value within the limits. The error is an
// *Error. It reads every byte once and takes no room to speak of.
func Check(raw []byte, limits Limits) error {
	s, err := reader(raw, limits)
	if err != nil {
		return err
	}
	return s.whole(s.value)
}

func reader(raw []byte, limits Limits) (scanner, error) {
	if limits.Bytes > 0 && len(raw) > limits.Bytes {
		return scanner{}, &Error{TooLong, limits.Bytes, "the document is too long"}
	}
	if at := notUTF8(raw); at >= 0 {
		return scanner{}, &Error{Invalid, at, "the text is not UTF-8"}
	}
	return scanner{raw: raw, limits: limits.orDefaults()}, nil
}

func (l Limits) orDefaults() Limits {
	if l.Depth == 0 {
		l.Depth = defaultDepth
	}
	if l.Keys == 0 {
		l.Keys = defaultKeys
	}
	if l.Tokens == 0 {
		l.Tokens = defaultTokens
	}
	return l
}

// notUTF8 is the offset of the first byte that is no text, or -1.
func notUTF8(raw []byte) int {
	if utf8.Valid(raw) {
		return -1
	}
	at := 0
	for at < len(raw) {
		r, size := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}
