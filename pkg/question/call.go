package question

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/schema"
)

// Call is a call of a tool that is made when a person approves it, with these
// arguments and no others.
type Call struct {
	Tool        string          `json:"tool"`
	Description string          `json:"description,omitempty"`
	Arguments   json.RawMessage `json:"arguments"`
	// Hash names the arguments to the letter, in which a database may have
	// changed the order of names.
	Hash string `json:"hash" doc:"What names these arguments: a decision that says it holds for no others."`
	// Editable says that the person may change them, within Parameters.
	Editable   bool            `json:"editable,omitempty" doc:"Whether the arguments may be changed."`
	Parameters json.RawMessage `json:"parameters,omitempty" doc:"The JSON schema that changed arguments have to satisfy."`
}

// CheckEdited says why arguments that a person has changed cannot be taken.
func (c Call) CheckEdited(arguments json.RawMessage) []fault.Detail {
	if !c.Editable {
		return wrong("the arguments may not be changed: approve or reject them as they are")
	}
	s, err := schema.Compile(c.Parameters)
	if err != nil {
		return wrong("the parameters of %s cannot be read: %v", c.Tool, err)
	}
	return s.Check(arguments)
}
