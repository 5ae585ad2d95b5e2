package strictjson

import (
	"reflect"
	"strings"
)

// fields are the JSON names of a struct's fields, those of embedded structs
// included, with the way to each.
func fields(t reflect.Type) map[string][]int {
	known := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		known[name] = f.Index
	}
	return known
}
