package openapi

import (
	"fmt"
	"reflect"
)

// query are the parameters behind the path. A list is sent as words with commas
// between them.
func (s *schemas) query(v any) (all []Parameter) {
	t := reflect.TypeOf(v)
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("query")
		switch {
		case f.Anonymous:
			continue
		case name == "":
			s.wrong = append(s.wrong, fmt.Errorf("%s.%s has no query tag", t, f.Name))
			continue
		}
		p := Parameter{Name: name, In: "query", Description: f.Tag.Get("doc"), Schema: present(s.of(f.Type, request))}
		if f.Type.Kind() == reflect.Slice {
			p.Explode = new(bool)
		}
		all = append(all, p)
	}
	return all
}
