package kinds

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
)

// check says what is wrong with an entry; taken are the names of the tools
// before it.
func (s serverTools) check(at string, taken map[string]bool) []fault.Detail {
	details := s.MCP.check(at + ".mcp")
	wrong := func(field, code, format string, args ...any) {
		details = append(details, fault.Detail{Path: at + field, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if s.MCP.mayUseArgs() {
		wrong(".mcp", invalid, "args are not known here: each call of the model has others")
	}
	if len(s.Allow) == 0 || len(s.Allow) > maxAllowed {
		wrong(".allow", invalid, "allow names between 1 and %d tools that the agent may use", maxAllowed)
		return details
	}
	seen := map[string]bool{}
	for i, name := range s.Allow {
		field := fmt.Sprintf(".allow[%d]", i)
		details = append(details, checkName(at+field, name, "tool")...)
		switch known := knownAs(name); {
		case len(known) > maxToolName:
			wrong(field, invalid, "a tool's name has at most %d characters", maxToolName)
		case taken[known] || seen[known]:
			wrong(field, duplicateID, "the tool %q is there already", known)
		}
		seen[knownAs(name)] = true
	}
	for i, name := range s.Idempotent {
		if !slices.Contains(s.Allow, name) {
			wrong(fmt.Sprintf(".idempotent[%d]", i), invalid, "%.100q is not among the allowed tools", name)
		}
	}
	return details
}

// args is a template's word for what its node was called with.
var args = regexp.MustCompile(`\bargs\b`)

// mayUseArgs says whether a template could name what its node was called with.
// That the word stands in it is enough: a model that chooses a header is worse
// than a name that has to be changed.
func (p place) mayUseArgs() bool {
	uses := func(template string) bool { return strings.Contains(template, "{{") && args.MatchString(template) }
	return uses(p.URL) || slices.ContainsFunc(slices.Collect(maps.Values(p.Headers)), uses)
}
