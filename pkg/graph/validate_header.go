package graph

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/tenant"
)

// variableTypes are those of JSON schema, and any.
var variableTypes = []string{"any", "string", "number", "integer", "boolean", "object", "array"}

func (v *validation) header() {
	if v.g.Name != "" && !tenant.ValidName(v.g.Name) {
		v.wrong("name", invalid, tenant.NameRule)
	}
	for _, name := range slices.Sorted(maps.Keys(v.g.Variables)) {
		v.variableName("variables", name)
		if t := v.g.Variables[name].Type; t != "" && !slices.Contains(variableTypes, t) {
			v.wrong("variables."+shown(name)+".type", invalid, "a variable is of type %s", strings.Join(variableTypes, ", "))
		}
	}
	if l := v.g.Limits; l != nil {
		v.limit("limits.model_calls", l.ModelCalls, mostLimits.ModelCalls)
		v.limit("limits.tool_calls", l.ToolCalls, mostLimits.ToolCalls)
		v.limit("limits.tokens", l.Tokens, mostLimits.Tokens)
	}
}

func (v *validation) limit(path string, value, most int) {
	if value < 0 || value > most {
		v.wrong(path, invalid, "should be between 1 and %d", most)
	}
}

// variableName checks the name of a session variable: a dot would look like a
// path, and braces like a template.
func (v *validation) variableName(parent, name string) {
	length := utf8.RuneCountInString(name)
	if length < 1 || length > 128 || strings.Contains(name, ".") || strings.Contains(name, "{{") {
		v.wrong(parent, invalid, "%q is no name for a variable: 1 to 128 characters without a dot or {{", shown(name))
	}
}

// shown is a stranger's name, cut to what an answer may hold.
func shown(name string) string {
	const most = 100
	for i := range name {
		if i >= most {
			return name[:i] + "…"
		}
	}
	return name
}
