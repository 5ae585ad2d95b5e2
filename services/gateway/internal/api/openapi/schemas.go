package openapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/onsethq/onset/services/gateway/internal/api"
)

// schemas reads Go types. A struct becomes a component; one that a request and
// an answer read differently becomes two, the request's with the word Wanted
// behind its name.
type schemas struct {
	components map[string]Schema
	types      map[string]reflect.Type
	wrong      []error
}

func newSchemas() *schemas {
	return &schemas{components: map[string]Schema{}, types: map[string]reflect.Type{}}
}

// wanted is the schema of a request's body.
func (s *schemas) wanted(d api.Doc) Schema {
	t := reflect.TypeOf(d.Takes)
	schema := s.of(t, request)
	if (len(d.Ignores) > 0 || d.Loose || d.Patch) && schema["$ref"] != nil {
		object := s.components[s.name(t, request)]
		properties := object["properties"].(map[string]Schema)
		for _, field := range d.Ignores {
			properties[field] = Schema{"description": "Shown by us; accepted and ignored, so that what was read can be sent back."}
		}
		if d.Loose {
			delete(object, "additionalProperties")
		}
		if d.Loose || d.Patch {
			takeNull(properties)
		}
	}
	if d.Or == nil {
		return schema
	}
	t = reflect.TypeOf(d.Or)
	other := s.of(t, request)
	takeNull(s.components[s.name(t, request)]["properties"].(map[string]Schema))
	return Schema{"anyOf": []Schema{schema, other}}
}

func takeNull(properties map[string]Schema) {
	for name, property := range properties {
		properties[name] = nullable(property)
	}
}

// given is the schema of an answer's body.
func (s *schemas) given(v any) Schema { return s.of(reflect.TypeOf(v), answer) }

// side is who writes a document.
type side bool

const (
	request side = true
	answer  side = false
)

// of is the schema of a type, a reference for those that are components.
func (s *schemas) of(t reflect.Type, from side) Schema {
	if own, known := special(t); known {
		return own
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem(), from))
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return Schema{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return Schema{"type": "number", "format": "double"}
	case reflect.String:
		return s.text(t)
	case reflect.Slice:
		return Schema{"type": "array", "items": s.of(t.Elem(), from)}
	case reflect.Array:
		return Schema{"type": "array", "items": s.of(t.Elem(), from), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": s.of(t.Elem(), from)}
	case reflect.Interface:
		return Schema{}
	case reflect.Struct:
		return s.component(t, from)
	}
	s.wrong = append(s.wrong, fmt.Errorf("%s has no schema", t))
	return Schema{}
}

// component puts a struct among the components.
func (s *schemas) component(t reflect.Type, from side) Schema {
	if t.NumField() == 0 {
		return Schema{"type": "object", "additionalProperties": false}
	}
	if t.Name() == "" {
		s.wrong = append(s.wrong, fmt.Errorf("a struct without a name: give %s one", t))
		return Schema{}
	}
	name := s.name(t, from)
	ref := Schema{"$ref": "#/components/schemas/" + name}
	if old, taken := s.types[name]; taken {
		if old != t {
			s.wrong = append(s.wrong, fmt.Errorf("%s and %s would both be called %s: name one of them in words.go", old, t, name))
		}
		return ref
	}
	s.types[name] = t
	s.components[name] = nil // it may contain itself
	s.components[name] = s.object(t, from)
	return ref
}

// text is the schema of a string. A type whose words are known is a component.
func (s *schemas) text(t reflect.Type) Schema {
	words, closed := vocabularies[t]
	if !closed {
		return Schema{"type": "string"}
	}
	name := called(t)
	s.types[name], s.components[name] = t, Schema{"type": "string", "enum": words}
	return Schema{"$ref": "#/components/schemas/" + name}
}

func (s *schemas) object(t reflect.Type, from side) Schema {
	properties := map[string]Schema{}
	required := []string{}
	for _, f := range fields(t) {
		own := s.of(f.Type, from)
		if from == request || f.omitted {
			own = present(own)
		}
		properties[f.name] = described(own, f.Tag.Get("doc"))
		if f.needed(from) {
			required = append(required, f.name)
		}
	}
	object := Schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		object["required"] = required
	}
	if from == request {
		object["additionalProperties"] = false
	}
	return object
}

// name is what a struct is called in the document.
func (s *schemas) name(t reflect.Type, from side) string {
	name := called(t)
	if from == request && differs(t, map[reflect.Type]bool{}) && !strings.HasSuffix(name, "Wanted") && !strings.HasSuffix(name, "Change") {
		name += "Wanted"
	}
	return name
}

// called is a type's own name as a word: keyDocument is a Key, a list of them a
// KeyList, and what a published surface calls its own bears the surface's name.
func called(t reflect.Type) string {
	if name, named := names[t.String()]; named {
		return name
	}
	name := t.Name()
	if of, is := strings.CutPrefix(name, "list["); is {
		of = of[strings.LastIndexByte(of, '.')+1:]
		return word(strings.TrimSuffix(of, "]")) + "List"
	}
	if surface := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]; slices.Contains(published, surface) {
		return title(surface) + word(name)
	}
	return word(name)
}

func word(name string) string {
	name = strings.TrimSuffix(name, "Document")
	return strings.ToUpper(name[:1]) + name[1:]
}

// differs says whether a request and an answer read the struct differently: an
// answer has all its fields, a request those that it must.
func differs(t reflect.Type, met map[reflect.Type]bool) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if _, known := special(t); known || t.Kind() != reflect.Struct || met[t] {
		return false
	}
	met[t] = true
	return slices.ContainsFunc(fields(t), func(f field) bool {
		return f.needed(request) != f.needed(answer) || differs(f.Type, met)
	})
}

// field is a struct's field as JSON has it.
type field struct {
	reflect.StructField
	name    string
	omitted bool
}

// needed says whether the field must be there.
func (f field) needed(from side) bool {
	if from == request {
		return f.Tag.Get("required") == "true"
	}
	return !f.omitted
}

// fields are those of a struct and of what it embeds.
func fields(t reflect.Type) (all []field) {
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		all = append(all, field{f, name, strings.Contains(options, "omit")})
	}
	return all
}

// nullable lets a value be null.
func nullable(s Schema) Schema {
	kinds := kindsOf(s)
	switch {
	case len(s) == 0, slices.Contains(kinds, null):
		return s
	case len(kinds) > 0 && s["enum"] == nil:
		return with(s, "type", append(kinds, null))
	}
	return Schema{"anyOf": []Schema{s, {"type": null}}}
}

// present takes null away again: what is left out is never sent as null.
func present(s Schema) Schema {
	if kinds := kindsOf(s); len(kinds) > 1 {
		return with(s, "type", oneOrMore(slices.DeleteFunc(kinds, func(k string) bool { return k == null })))
	}
	if either, is := s["anyOf"].([]Schema); is && len(either) == 2 && either[1]["type"] == null {
		return either[0]
	}
	return s
}

const null = "null"

// kindsOf are the types that a schema allows, in a list of its own.
func kindsOf(s Schema) []string {
	switch kinds := s["type"].(type) {
	case string:
		return []string{kinds}
	case []string:
		return slices.Clone(kinds)
	}
	return nil
}

// oneOrMore writes one type as a word.
func oneOrMore(kinds []string) any {
	if len(kinds) == 1 {
		return kinds[0]
	}
	return kinds
}

func described(s Schema, doc string) Schema {
	if doc == "" {
		return s
	}
	return with(s, "description", doc)
}

// with is a copy of a schema that says one thing more.
func with(s Schema, name string, value any) Schema {
	more := Schema{name: value}
	for n, v := range s {
		if n != name {
			more[n] = v
		}
	}
	return more
}
