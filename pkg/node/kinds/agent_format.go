package kinds

import (
	"encoding/json"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/schema"
	"github.com/onsethq/onset/pkg/strictjson"
)

// format is what an agent's answer must be: any text, or JSON that satisfies a
// schema.
type format struct {
	raw    json.RawMessage
	schema *schema.Schema
}

func newFormat(raw json.RawMessage) (format, error) {
	if !given(raw) {
		return format{}, nil
	}
	s, err := schema.Compile(raw)
	if err != nil {
		return format{}, node.Permanent(run.NodeFailed, "config.output_schema: "+err.Error())
	}
	return format{raw, s}, nil
}

// read makes the output of an answer, or says what is wrong with it.
func (f format) read(text string) (out any, problem string) {
	if f.schema == nil {
		return text, ""
	}
	raw := []byte(unfenced(text))
	if err := strictjson.Check(raw, strictjson.Stored); err != nil {
		return nil, "it is not JSON: " + err.Error()
	}
	if problems := f.schema.Check(raw); len(problems) > 0 {
		return nil, list(problems)
	}
	out, err := strictjson.Value(raw)
	if err != nil {
		return nil, "it is not JSON"
	}
	return out, ""
}

// unfenced takes the JSON out of the ``` that many models put around it.
func unfenced(text string) string {
	text = strings.TrimSpace(text)
	inner, ok := strings.CutPrefix(text, "```")
	if !ok {
		return text
	}
	inner, ok = strings.CutSuffix(inner, "```")
	if !ok {
		return text
	}
	return strings.TrimSpace(strings.TrimPrefix(inner, "json"))
}

// list is what is wrong, for a model to read.
func list(problems []fault.Detail) string {
	var lines []string
	for _, p := range problems[:min(len(problems), 20)] {
		if p.Path != "" {
			p.Message = p.Path + ": " + p.Message
		}
		lines = append(lines, p.Message)
	}
	return strings.Join(lines, "; ")
}
