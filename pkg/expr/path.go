package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// path is a plain dotted path: the name it begins with and the keys behind it.
type path []string

var plainPath = regexp.MustCompile(`^[A-Za-z]+(\.[A-Za-z0-9_-]+)*$`)

// readPath reads src as a plain path. What begins with no name of the language
// is left to CEL, which says so.
func readPath(src string) (path, bool) {
	if !plainPath.MatchString(src) {
		return nil, false
	}
	p := path(strings.Split(src, "."))
	return p, slices.Contains(names[:], p[0])
}

// lookup finds the value. Only a name that does not exist here at all is an
// error; what is missing behind it is merely not found.
func (p path) lookup(s Scope) (v any, found bool, err error) {
	v, found = s[p[0]]
	if !found {
		return nil, false, fmt.Errorf("%s does not exist here", p[0])
	}
	for _, key := range p[1:] {
		if v, found = member(v, key); !found {
			return nil, false, nil
		}
	}
	return plainMap(v), true, nil
}

// member is the value behind a key of an object or an index of a list.
func member(v any, key string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		m, ok := v[key]
		return m, ok
	case map[string]string:
		m, ok := v[key]
		return m, ok
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// plainMap makes a map of strings, which a scope may hold, a JSON object.
func plainMap(v any) any {
	texts, ok := v.(map[string]string)
	if !ok {
		return v
	}
	object := make(map[string]any, len(texts))
	for key, text := range texts {
		object[key] = text
	}
	return object
}
