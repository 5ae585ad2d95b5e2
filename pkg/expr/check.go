package expr

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/onsethq/onset/pkg/strictjson"
)

var errTooMany = fmt.Errorf("more than %d placeholders", MaxPlaceholders)

// CheckTemplate says everything that is wrong with the templates in a JSON
// value, in the order of its sorted keys.
func CheckTemplate(v json.RawMessage) []Problem { return CheckTemplateOver(v, names[:]) }

// CheckTemplateOver is CheckTemplate where only the known names have values.
func CheckTemplateOver(v json.RawMessage, known []string) []Problem {
	decoded, err := strictjson.Value(v)
	if err != nil {
		return []Problem{{Message: "the value is not JSON"}}
	}
	c := check{known: known}
	c.value("", decoded)
	if c.placeholders > MaxPlaceholders {
		c.problems = append(c.problems, Problem{Message: errTooMany.Error()})
	}
	return c.problems
}

type check struct {
	known        []string
	placeholders int
	problems     []Problem
}

func (c *check) value(at string, v any) {
	switch v := v.(type) {
	case string:
		c.text(at, v)
	case []any:
		for i := range v {
			c.value(indexed(at, i), v[i])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			c.value(keyed(at, key), v[key])
		}
	}
}

func (c *check) text(at, template string) {
	pieces, err := split(template)
	if err != nil {
		c.problems = append(c.problems, Problem{at, err.Error()})
		return
	}
	for _, p := range pieces {
		if !p.placeholder {
			continue
		}
		// Beyond the limit nothing is compiled: the document is refused anyway.
		if c.placeholders++; c.placeholders > MaxPlaceholders {
			return
		}
		if problem := checkPlaceholder(p.source, c.known); problem != nil {
			c.problems = append(c.problems, Problem{at, fmt.Sprintf("{{ %s }}: %s", p.source, problem.Message)})
		}
	}
}

func checkPlaceholder(source string, known []string) *Problem {
	switch p, plain := readPath(source); {
	case !plain:
		return CheckOver(source, known)
	case !slices.Contains(known, p[0]):
		return strange(p[0], known)
	}
	return nil
}

// keyed and indexed lead one step further into a value: "http.headers[2]".
func keyed(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

func indexed(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }
