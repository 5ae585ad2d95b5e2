package trigger

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/onsethq/onset/pkg/strictjson"
)

// Event is what a provider makes of something that happened.
type Event struct {
	Message       string
	UserVariables map[string]any
}

// Over lays the event over the message and user_variables of a trigger's
// config: what the event does not say, the config says.
func (e Event) Over(config json.RawMessage) (Event, error) {
	if len(config) == 0 {
		return e, nil
	}
	var said struct {
		Message       string                     `json:"message"`
		UserVariables map[string]json.RawMessage `json:"user_variables"`
	}
	if err := json.Unmarshal(config, &said); err != nil {
		return Event{}, fmt.Errorf("read the trigger's config: %w", err)
	}
	if e.Message == "" {
		e.Message = said.Message
	}
	variables := make(map[string]any, len(said.UserVariables)+len(e.UserVariables))
	for name, raw := range said.UserVariables {
		value, err := strictjson.Value(raw)
		if err != nil {
			return Event{}, fmt.Errorf("read variable %q of the trigger's config: %w", name, err)
		}
		variables[name] = value
	}
	maps.Copy(variables, e.UserVariables)
	e.UserVariables = variables
	return e, nil
}
