package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// details turns the validator's tree into a list: the leaves, except that of
// alternatives which all failed only the choice is named.
func details(list []fault.Detail, e *jsonschema.ValidationError, v any) []fault.Detail {
	at := pathOf(e.InstanceLocation, v)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			list = append(list, invalid(strictjson.Under(at, name), "is required"))
		}
		return list
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			list = append(list, fault.Detail{
				Path: strictjson.Under(at, name), Code: string(fault.UnknownField), Message: fmt.Sprintf("field %q does not exist", name),
			})
		}
		return list
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return append(list, invalid(at, message(e.ErrorKind)))
	}
	if len(e.Causes) == 0 {
		return append(list, invalid(at, message(e.ErrorKind)))
	}
	for _, cause := range e.Causes {
		list = details(list, cause, v)
	}
	return list
}

// misfits says in one line what makes a document no schema. Of alternatives which
// all failed the first is what its author most likely meant.
func misfits(e *jsonschema.ValidationError, doc any) string {
	causes := e.Causes
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		causes = causes[:min(1, len(causes))]
	}
	if len(causes) == 0 {
		return strings.TrimSpace(pathOf(e.InstanceLocation, doc) + " " + message(e.ErrorKind))
	}
	var all []string
	for _, cause := range causes {
		all = append(all, misfits(cause, doc))
	}
	return strings.Join(all, "; ")
}

func invalid(path, message string) fault.Detail {
	return fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: message}
}

// message says what is expected, and never what was found: a value may be a
// secret.
func message(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "should be of type " + strings.Join(k.Want, " or ")
	case *kind.Enum:
		return "should be one of " + written(k.Want)
	case *kind.Const:
		return fmt.Sprintf("should be %v", k.Want)
	case *kind.Format:
		return "should be of format " + k.Want
	case *kind.Pattern:
		return "should match " + k.Want
	case *kind.MinLength:
		return fmt.Sprintf("should have %d characters or more", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("should have %d characters or fewer", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("should have %d items or more", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("should have %d items or fewer", k.Want)
	case *kind.Minimum:
		return "should be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "should be at most " + k.Want.RatString()
	case *kind.AnyOf:
		return "fits none of the alternatives"
	case *kind.OneOf:
		return "should fit exactly one of the alternatives"
	case *kind.FalseSchema:
		return "is not allowed"
	}
	return "does not satisfy " + strings.Join(k.KeywordPath(), ".")
}

// written are values as one writes them in JSON.
func written(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		raw, _ := json.Marshal(v) // it came as JSON
		texts[i] = string(raw)
	}
	return strings.Join(texts, ", ")
}

// pathOf writes a location as paths are written everywhere: "tools[2].name".
func pathOf(location []string, v any) string {
	path := ""
	for _, step := range location {
		switch inside := v.(type) {
		case []any:
			path += "[" + step + "]"
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(inside) {
				v = inside[i]
			}
		case map[string]any:
			path = strictjson.Under(path, step)
			v = inside[step]
		}
	}
	return path
}
