package openapi

import (
	"encoding"
	"encoding/json"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/schedule"
)

// Shaped is a type that knows its own schema, because it writes its own JSON.
type Shaped interface{ Shape() map[string]any }

// special are the types that are something else in JSON than in Go.
func special(t reflect.Type) (Schema, bool) {
	switch t {
	case reflect.TypeFor[uuid.UUID]():
		return Schema{"type": "string", "format": "uuid"}, true
	case reflect.TypeFor[json.RawMessage]():
		return Schema{}, true
	case reflect.TypeFor[graph.Duration]():
		return Schema{"type": "string", "examples": []any{"1m30s"}}, true
	case reflect.TypeFor[schedule.Expressions]():
		return Schema{"oneOf": []Schema{{"type": "string"}, {"type": "array", "items": Schema{"type": "string"}}}}, true
	case reflect.TypeFor[graph.Capture]():
		return Schema{
			"description": "CEL over `output`, or an object with a fixed `value` or the name of a variable to `copy`.",
			"type":        []string{"string", "object"}, "additionalProperties": false,
			"properties": map[string]Schema{"value": {}, "copy": {"type": "string"}},
		}, true
	}
	if own, is := reflect.Zero(t).Interface().(Shaped); is && t.Kind() != reflect.Pointer {
		return own.Shape(), true
	}
	if t.Kind() == reflect.Struct && t.ConvertibleTo(reflect.TypeFor[time.Time]()) && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return Schema{"type": "string", "format": "date-time"}, true
	}
	return nil, false
}
