package providers

import "encoding/json"

// said is the config of triggers that say the same each time: what a run gets
// when whoever starts it says nothing.
const said = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "message": {
      "type": "string",
      "description": "the first message of a run whose caller sends none"
    },
    "user_variables": {
      "type": "object",
      "description": "session variables of every run; the caller's win"
    }
  }
}`

// says gives kinds that configure nothing else their schema.
type says struct{}

// Schema is message and user_variables.
func (says) Schema() json.RawMessage { return json.RawMessage(said) }
