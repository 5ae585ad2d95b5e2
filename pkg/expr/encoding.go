package expr

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Encoding is where an inserted value lands.
type Encoding int

const (
	// Verbatim inserts strings as they are and other values as compact JSON.
	Verbatim Encoding = iota
	// URLPart percent-encodes what is inserted, so that it stays inside its
	// segment of the path or its value of the query.
	URLPart
	// URL is URLPart, except that a placeholder which the text begins with is
	// the address to call and inserted as it is.
	URL
	// Header refuses line breaks and NUL.
	Header
	// Marked stands between <data> and </data> what comes from a run's input,
	// where strangers may have written it and a model reads it.
	Marked
)

// marks are those of Marked, as strangers may try to write them.
var marks = regexp.MustCompile(`(?i)<(\s*/?\s*data)`)

// marked puts a text between the marks, which it cannot close itself.
func marked(text string) string { return "<data>" + marks.ReplaceAllString(text, "&lt;$1") + "</data>" }

// inputs are the names behind which a stranger's words may be.
var inputs = regexp.MustCompile(`\b(message|vars|nodes|args|item|output)\b`)

// of is the encoding of what a placeholder inserts.
func (enc Encoding) of(source string) Encoding {
	if enc == Marked && !inputs.MatchString(source) {
		return Verbatim
	}
	return enc
}

// encode makes the text of v; first says that the template begins with it.
func (enc Encoding) encode(v any, first bool) (string, error) {
	text, err := textOf(v)
	if err != nil {
		return "", err
	}
	switch {
	case enc == Marked:
		return marked(text), nil
	case enc == Header && strings.ContainsAny(text, "\r\n\x00"):
		return "", errors.New("a header may not hold a line break or NUL")
	case enc == URLPart, enc == URL && !first:
		return urlPart(text)
	}
	return text, nil
}

// urlPart refuses the two texts that no encoding keeps from climbing a path.
func urlPart(text string) (string, error) {
	if text == "." || text == ".." {
		return "", errors.New(`a part of a URL may not be "." or ".."`)
	}
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), nil
}

func textOf(v any) (string, error) {
	if text, ok := v.(string); ok {
		return text, nil
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", errors.New("a value cannot be written as JSON")
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
