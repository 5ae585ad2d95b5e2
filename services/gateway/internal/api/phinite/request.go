package phinite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

// parse reads the body of a start. An absent or empty one, and null where a
// default exists, mean the default; fields that it does not know are ignored.
func parse(raw []byte) (trigger.Event, error) {
	raw = bytes.Trim(raw, " \t\r\n")
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	if raw[0] != '{' {
		return trigger.Event{UserVariables: map[string]any{}}, unstructured(raw)
	}
	fields, err := strictjson.Split(raw, strictjson.Limits{})
	if err != nil {
		return trigger.Event{}, unreadable(err)
	}
	text, problems := message(fields["message"])
	variables, more := variablesOf(fields["user_variables"])
	return trigger.Event{Message: text, UserVariables: variables}, wrong(fault.CodeInvalid, append(problems, more...)...)
}

// unstructured is what is wrong with a body that is no object; nothing is with
// null.
func unstructured(raw []byte) error {
	if err := strictjson.Check(raw, strictjson.Limits{}); err != nil {
		return unreadable(err)
	}
	if isNull(raw) {
		return nil
	}
	return wrong(fault.CodeInvalid, notDict(raw, "body"))
}

// unreadable is a body that is not JSON as we accept it.
func unreadable(err error) error {
	var e *strictjson.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case strictjson.Nesting:
		return wrong(fault.BadJSON, problem{Type: "json_nesting", Loc: []any{"body"}, Msg: "JSON nested too deeply", Input: ""})
	case strictjson.FiniteNumber:
		return wrong(fault.BadJSON, problem{Type: "finite_number", Loc: []any{"body"}, Msg: "Input should be a finite number", Input: ""})
	case strictjson.TooLong:
		return wrong(fault.BadJSON, tooLong(trigger.MaxVariables))
	case strictjson.DuplicateKey:
		return wrong(fault.BadJSON, broken(e.Offset, "Duplicate key", "Duplicate key"))
	}
	return wrong(fault.BadJSON, broken(e.Offset, "JSON decode error", e.Msg))
}

func broken(offset int, msg, because string) problem {
	return problem{
		Type: "json_invalid", Loc: []any{"body", offset}, Msg: msg,
		Input: map[string]any{}, Ctx: map[string]any{"error": because},
	}
}

func message(raw json.RawMessage) (text string, problems []problem) {
	if isNull(raw) {
		return "", nil
	}
	text, is := strictjson.Text(raw)
	if !is {
		return "", []problem{{Type: "string_type", Loc: []any{"body", "message"}, Msg: "Input should be a valid string", Input: shown(raw)}}
	}
	return text, nil
}

func variablesOf(raw json.RawMessage) (variables map[string]any, problems []problem) {
	if isNull(raw) {
		return map[string]any{}, nil
	}
	if raw[0] != '{' {
		return nil, []problem{notDict(raw, "body", "user_variables")}
	}
	value, err := strictjson.Value(raw)
	if err != nil {
		return nil, []problem{notDict(raw, "body", "user_variables")}
	}
	variables = value.(map[string]any)
	if len(variables) > trigger.MaxVariables {
		return nil, []problem{tooLong(len(variables))}
	}
	for name := range variables {
		if !trigger.VariableName(name) {
			problems = append(problems, problem{
				Type: "value_error", Loc: []any{"body", "user_variables", short(name)}, Msg: "Invalid variable name", Input: short(name),
			})
		}
	}
	for _, name := range trigger.SystemVariables {
		delete(variables, name)
	}
	return variables, problems
}

func notDict(raw json.RawMessage, loc ...any) problem {
	return problem{Type: "dict_type", Loc: loc, Msg: "Input should be a valid dictionary", Input: shown(raw)}
}

func tooLong(actual int) problem {
	msg := fmt.Sprintf("Dictionary should have at most %d items after validation", trigger.MaxVariables)
	ctx := map[string]any{"field_type": "Dictionary", "max_length": trigger.MaxVariables}
	if actual > trigger.MaxVariables {
		msg += fmt.Sprintf(", not %d", actual)
		ctx["actual_length"] = actual
	}
	return problem{Type: "too_long", Loc: []any{"body", "user_variables"}, Msg: msg, Input: "", Ctx: ctx}
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
