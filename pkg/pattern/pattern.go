// Package pattern is regular expressions from strangers: RE2, which cannot
// explode, with limits on what is left, which is text times program.
package pattern

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/onsethq/onset/pkg/memo"
)

const (
	maxSource  = 1000 // bytes
	maxProgram = 5000 // instructions
	// maxSteps is the length of a text times the size of a program: a tenth of
	// a second at the worst.
	maxSteps = 16 << 20
)

// Pattern is a compiled regular expression.
type Pattern struct {
	*regexp.Regexp
	size int
}

// Steps is the work of matching text, at most.
func (p *Pattern) Steps(text string) int { return len(text) * p.size }

// Fits says whether matching text is within the limits.
func (p *Pattern) Fits(text string) bool { return p.Steps(text) <= maxSteps }

type compiled struct {
	pattern *Pattern
	err     error
}

// recent changes no answer: it saves compiling a pattern for every element of a
// list.
var recent = memo.Memo[string, compiled]{Size: 256}

// Compile refuses what is no RE2 and what repeats itself beyond measure.
func Compile(source string) (*Pattern, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("a pattern is longer than %d bytes", maxSource)
	}
	c := recent.Get(source, func() compiled {
		p, err := compile(source)
		return compiled{p, err}
	})
	return c.pattern, c.err
}

func compile(source string) (*Pattern, error) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxProgram {
		return nil, errors.New("a pattern repeats too much")
	}
	re, err := regexp.Compile(source)
	return &Pattern{re, len(program.Inst)}, err
}
