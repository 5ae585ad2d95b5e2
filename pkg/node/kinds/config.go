package kinds

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// The codes of what may be wrong with a config, beside those of fault.
const (
	badTemplate   = "bad_template"
	badSchema     = "bad_schema"
	unknownNode   = "unknown_node"
	duplicateID   = "duplicate_id"
	selfReference = "self_reference"
	invalid       = string(fault.CodeInvalid)
)

// checked reads a node's config as strictly as a document is read at save, and
// says what is wrong with it and with its templates.
func checked[T any](n graph.Node) (T, []fault.Detail) {
	var c T
	raw := configOf(n)
	details := strictjson.Decode(raw, &c)
	for i := range details {
		details[i].Path = strictjson.Under("config", details[i].Path)
	}
	for _, p := range expr.CheckTemplate(raw) {
		details = append(details, fault.Detail{Path: strictjson.Under("config", p.Path), Code: badTemplate, Message: p.Message})
	}
	return c, details
}

// decoded reads the config of a build, which was checked when it was saved.
func decoded[T any](n graph.Node) (T, error) {
	var c T
	if len(n.Config) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(n.Config, &c); err != nil {
		return c, node.Permanent(run.NodeFailed, fmt.Sprintf("the config of node %q cannot be read: %v", n.ID, err))
	}
	return c, nil
}

// remembered is decoded, once for all runs of the build.
func remembered[T any](in *node.Input) (c T, err error) {
	if in.Memo == nil {
		return decoded[T](in.Node)
	}
	made, err := in.Memo.Made(func() (any, error) { return decoded[T](in.Node) })
	if err != nil {
		return c, err
	}
	return made.(T), nil
}

func configOf(n graph.Node) json.RawMessage {
	if len(n.Config) == 0 {
		return json.RawMessage("{}")
	}
	return n.Config
}

// given says whether an optional JSON value is there.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// checkVariables applies the graph's rule for names of session variables to
// those that a node sets.
func checkVariables[V any](path string, set map[string]V) []fault.Detail {
	var details []fault.Detail
	for _, name := range sorted(set) {
		if !variableName(name) {
			details = append(details, fault.Detail{Path: path, Code: invalid, Message: fmt.Sprintf("%.100q is no name for a variable: 1 to 128 characters without a dot or {{", name)})
		}
	}
	return details
}

func variableName(name string) bool {
	length := utf8.RuneCountInString(name)
	return length >= 1 && length <= 128 && !strings.Contains(name, ".") && !strings.Contains(name, "{{")
}
