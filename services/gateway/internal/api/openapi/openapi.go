// Package openapi writes the document from which strangers make their clients.
// It is read from the route tables and from the types that the handlers decode
// and answer with, so that it cannot say anything else than they do.
//
// The schemas come from a reading of Go types of our own and not from a library:
// strictjson decides what a request may be, field by field, and a schema that is
// to say the same must read types as it does (embedded unexported structs, null
// as absent, unknown fields refused), while what an answer promises differs from
// it for the very same type.
package openapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Make writes the document of all the surfaces. What a route does not say of
// itself is an error that names the route.
func Make(surfaces ...api.Surface) (Document, error) {
	m := maker{schemas: newSchemas(), tags: map[string]bool{}, ids: map[string]string{}}
	paths := map[string]map[string]*Operation{}
	var wrong []error
	// What requests need is read first: a type that is asked for and given is
	// one component, as strict as the request.
	for _, s := range surfaces {
		for _, r := range s.Routes {
			if r.Doc.Takes != nil {
				m.schemas.wanted(r.Doc)
			}
		}
	}
	for _, s := range surfaces {
		for _, r := range s.Routes {
			op, err := m.operation(s, r)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s %s: %w", r.Method, r.Path, err))
				continue
			}
			path := templated(r.Path)
			if paths[path] == nil {
				paths[path] = map[string]*Operation{}
			}
			paths[path][strings.ToLower(r.Method)] = op
		}
	}
	return Document{
		OpenAPI: "3.1.0", Info: info, Servers: []Server{{"/", "This gateway"}},
		Security: []map[string][]string{{"key": {}}}, Tags: m.tagList(), Paths: paths,
		Components: Components{
			Schemas: m.schemas.components, Parameters: parameters(), Headers: headers, SecuritySchemes: security,
		},
	}, errors.Join(append(wrong, m.schemas.wrong...)...)
}

// maker holds what the operations of one document share.
type maker struct {
	schemas *schemas
	tags    map[string]bool
	ids     map[string]string
}

// complete says what a route owes its readers.
func (m *maker) complete(r api.Route) error {
	d := r.Doc
	switch {
	case d.ID == "":
		return errors.New("its Doc has no ID")
	case m.ids[d.ID] != "":
		return fmt.Errorf("its Doc has the ID %s of %s", d.ID, m.ids[d.ID])
	case d.Summary == "":
		return errors.New("its Doc has no Summary")
	case len(d.Gives) == 0:
		return errors.New("its Doc does not say what it gives")
	}
	m.ids[d.ID] = r.Method + " " + r.Path
	for _, name := range params(r.Path) {
		if _, known := pathParams[name]; !known {
			return fmt.Errorf("its parameter :%s is not explained in words.go", name)
		}
	}
	return nil
}

func (m *maker) tagList() []Tag {
	var list []Tag
	for name := range m.tags {
		list = append(list, Tag{name, tagNotes[name]})
	}
	slices.SortFunc(list, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// params are the names of a route's parameters.
func params(path string) (names []string) {
	for segment := range strings.SplitSeq(path, "/") {
		if name, is := strings.CutPrefix(segment, ":"); is {
			names = append(names, name)
		}
	}
	return names
}

// templated writes {x} for the router's :x.
func templated(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, is := strings.CutPrefix(segment, ":"); is {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}
