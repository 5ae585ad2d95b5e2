// Package schema is JSON schemas from strangers: of tools, of answers, of
// triggers' configs. A schema stands alone (nothing is fetched, no file is
// read), cannot recurse, and is small when its references are written out, so
// that checking a value takes time in proportion to the value.
package schema

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/memo"
	"github.com/onsethq/onset/pkg/pattern"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Schema says what a value should look like. It may be used by many goroutines.
type Schema struct{ compiled *jsonschema.Schema }

// maxSource is the size of a schema in bytes.
const maxSource = 64 << 10

type result struct {
	schema *Schema
	err    error
}

// recent changes no answer: an agent checks every call of a tool with the same
// few schemas.
var recent = memo.Memo[[sha256.Size]byte, result]{Size: 256}

// Compile reads a schema of draft 2020-12, or of the draft that it names. The
// error is written for its author.
func Compile(raw []byte) (*Schema, error) {
	if len(raw) > maxSource {
		return nil, fmt.Errorf("the schema is longer than %d bytes", maxSource)
	}
	r := recent.Get(sha256.Sum256(raw), func() result {
		s, err := compile(raw)
		return result{s, err}
	})
	return r.schema, r.err
}

// address is where a schema believes that it lives; it is part of no message.
const address = "onset:schema"

func compile(raw []byte) (*Schema, error) {
	if err := strictjson.Check(raw, strictjson.Limits{}); err != nil {
		return nil, err
	}
	doc, err := strictjson.Value(raw)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	c.UseRegexpEngine(compilePattern)
	c.AssertFormat()
	if err := c.AddResource(address, doc); err != nil {
		return nil, explained(err, doc)
	}
	s, err := c.Compile(address)
	if err != nil {
		return nil, explained(err, doc)
	}
	if err := bounded(s); err != nil {
		return nil, err
	}
	return &Schema{s}, nil
}

// Check says what is wrong with a document. An empty one counts as {}.
func (s *Schema) Check(raw json.RawMessage) []fault.Detail {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	v, err := strictjson.Value(raw)
	if err != nil {
		return []fault.Detail{{Code: string(fault.BadJSON), Message: err.Error()}}
	}
	return s.CheckValue(v)
}

// CheckValue says what is wrong with a decoded value.
func (s *Schema) CheckValue(v any) []fault.Detail {
	err := s.compiled.Validate(v)
	var wrong *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return details(nil, wrong, v)
	}
	return []fault.Detail{{Code: string(fault.CodeInvalid), Message: "cannot be checked"}}
}

// nowhere refuses to load what a schema refers to.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %q; only references into itself are followed", url)
}

// limitedPattern matches nothing in a text that is too long for it.
type limitedPattern struct{ *pattern.Pattern }

func (p limitedPattern) MatchString(text string) bool {
	return p.Fits(text) && p.Pattern.MatchString(text)
}

func compilePattern(source string) (jsonschema.Regexp, error) {
	p, err := pattern.Compile(source)
	if err != nil {
		return nil, err
	}
	return limitedPattern{p}, nil
}

// explained is a compiler's error for the author of the schema, on one line and
// without the address that we made up.
func explained(err error, doc any) error {
	var wrong *jsonschema.ValidationError
	if notSchema := (*jsonschema.SchemaValidationError)(nil); errors.As(err, &notSchema) && errors.As(notSchema.Err, &wrong) {
		return errors.New(misfits(wrong, doc))
	}
	text := strings.NewReplacer(address+"#", "#", address, "the schema", "\n", "; ").Replace(err.Error())
	return errors.New(text)
}
