package strictjson

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
)

// Decode fills v, a pointer, from a native document and says everything that is
// wrong with it, each thing with the path that leads to it ("nodes[2].id"). A
// field that v does not have is unknown_field, a value of another type invalid,
// and text that Check refuses bad_json. null leaves a field as it is absent.
func Decode(raw []byte, v any) []fault.Detail {
	if err := Check(raw, Limits{}); err != nil {
		return []fault.Detail{{Code: string(fault.BadJSON), Message: err.Error()}}
	}
	var d decoder
	d.value("", raw, reflect.ValueOf(v).Elem())
	return d.details
}

type decoder struct{ details []fault.Detail }

func (d *decoder) value(path string, raw json.RawMessage, v reflect.Value) {
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes(append(json.RawMessage(nil), raw...))
		return
	}
	if string(raw) == "null" {
		return
	}
	if d.custom(path, raw, v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(path, raw, v.Elem())
	case reflect.Struct:
		d.structure(path, raw, v)
	case reflect.Map:
		d.dictionary(path, raw, v)
	case reflect.Slice, reflect.Array:
		d.list(path, raw, v)
	case reflect.Interface:
		d.anything(path, raw, v)
	default:
		if json.Unmarshal(raw, v.Addr().Interface()) != nil {
			d.invalid(path, expected(v.Kind()))
		}
	}
}

// custom lets a type that reads its own text or JSON do so.
func (d *decoder) custom(path string, raw json.RawMessage, v reflect.Value) bool {
	if v.Kind() == reflect.Pointer || !v.CanAddr() {
		return false
	}
	switch own := v.Addr().Interface().(type) {
	case json.Unmarshaler:
		d.told(path, own.UnmarshalJSON(raw))
	case encoding.TextUnmarshaler:
		if raw[0] != '"' {
			d.invalid(path, expected(reflect.String))
			break
		}
		d.told(path, own.UnmarshalText([]byte(plainText(raw))))
	default:
		return false
	}
	return true
}

// told reports what a type said about its own value. A type that is itself
// read by Decode says it as a fault with paths of its own.
func (d *decoder) told(path string, err error) {
	var f *fault.Fault
	switch {
	case err == nil:
	case errors.As(err, &f) && len(f.Details) > 0:
		for _, detail := range f.Details {
			detail.Path = Under(path, detail.Path)
			d.details = append(d.details, detail)
		}
	default:
		d.invalid(path, strings.TrimPrefix(err.Error(), "json: "))
	}
}

func (d *decoder) structure(path string, raw json.RawMessage, v reflect.Value) {
	values, keys, err := ordered(raw)
	if err != nil {
		d.invalid(path, expected(reflect.Struct))
		return
	}
	known := fields(v.Type())
	for _, key := range keys {
		at := Under(path, shortened(key))
		index, ok := known[key]
		if !ok {
			d.details = append(d.details, fault.Detail{
				Path: at, Code: string(fault.UnknownField), Message: fmt.Sprintf("field %q does not exist", shortened(key)),
			})
			continue
		}
		d.value(at, values[key], v.FieldByIndex(index))
	}
}

func (d *decoder) dictionary(path string, raw json.RawMessage, v reflect.Value) {
	values, keys, err := ordered(raw)
	if err != nil || v.Type().Key().Kind() != reflect.String {
		d.invalid(path, expected(reflect.Map))
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(keys)))
	for _, key := range keys {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(Under(path, shortened(key)), values[key], item)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
}

func (d *decoder) list(path string, raw json.RawMessage, v reflect.Value) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.invalid(path, expected(reflect.Slice))
		return
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	} else if len(items) != v.Len() {
		d.invalid(path, fmt.Sprintf("should be a list of %d", v.Len()))
		return
	}
	for i, item := range items {
		d.value(path+"["+strconv.Itoa(i)+"]", item, v.Index(i))
	}
}

func (d *decoder) anything(path string, raw json.RawMessage, v reflect.Value) {
	value, err := Value(raw)
	if err != nil || v.NumMethod() > 0 {
		d.invalid(path, "cannot be read")
		return
	}
	v.Set(reflect.ValueOf(value))
}

func (d *decoder) invalid(path, message string) {
	d.details = append(d.details, fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: message})
}

// expected says of what type a value should be.
func expected(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "should be a string"
	case reflect.Bool:
		return "should be true or false"
	case reflect.Struct, reflect.Map:
		return "should be an object"
	case reflect.Slice, reflect.Array:
		return "should be a list"
	case reflect.Float32, reflect.Float64:
		return "should be a number"
	}
	return "should be a whole number in range"
}
