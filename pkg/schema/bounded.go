package schema

import (
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxUnfolded is how many parts a schema may have when every reference is
// written out. Twenty definitions that each use the next one twice are a
// million.
const maxUnfolded = 10_000

var (
	errRecursive = errors.New("the schema refers to itself")
	errUnfolded  = errors.New("the schema is too large when its references are written out")
)

// bounded refuses schemas with which a small value could take all time.
func bounded(s *jsonschema.Schema) error {
	_, err := unfolding{}.size(s)
	return err
}

// unfolding holds the sizes that are known; one that is being counted is zero.
type unfolding map[*jsonschema.Schema]int

func (u unfolding) size(s *jsonschema.Schema) (int, error) {
	if size, met := u[s]; met {
		if size == 0 {
			return 0, errRecursive
		}
		return size, nil
	}
	u[s] = 0
	total := 1
	for _, part := range parts(s) {
		size, err := u.size(part)
		if err != nil {
			return 0, err
		}
		if total += size; total > maxUnfolded {
			return 0, errUnfolded
		}
	}
	u[s] = total
	return total, nil
}

// parts are the schemas that a schema applies, to the value or inside it.
func parts(s *jsonschema.Schema) []*jsonschema.Schema {
	all := []*jsonschema.Schema{
		s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else,
		s.PropertyNames, s.UnevaluatedProperties,
		s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema,
	}
	if s.DynamicRef != nil {
		all = append(all, s.DynamicRef.Ref)
	}
	all = append(all, s.AllOf...)
	all = append(all, s.AnyOf...)
	all = append(all, s.OneOf...)
	all = append(all, s.PrefixItems...)
	for _, p := range s.Properties {
		all = append(all, p)
	}
	for _, p := range s.PatternProperties {
		all = append(all, p)
	}
	for _, p := range s.DependentSchemas {
		all = append(all, p)
	}
	for _, p := range s.Dependencies {
		all = append(all, schemas(p)...)
	}
	all = append(all, schemas(s.AdditionalProperties)...)
	all = append(all, schemas(s.Items)...)
	all = append(all, schemas(s.AdditionalItems)...)

	present := all[:0]
	for _, p := range all {
		if p != nil {
			present = append(present, p)
		}
	}
	return present
}

// schemas are those in a keyword that may hold one, several or something else.
func schemas(keyword any) []*jsonschema.Schema {
	switch k := keyword.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{k}
	case []*jsonschema.Schema:
		return k
	}
	return nil
}
