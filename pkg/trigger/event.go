package trigger

import (
	"context"
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
	if len(config) == 0 || string(config) == "{}" {
		return e, nil
	}
	var said struct {
		Message       string                     `json:"message"`
		UserVariables map[string]json.RawMessage `json:"user_variables"`
	}
	if err := json.Unmarshal(config, &said); err != nil {
		return Event{}, fmt.Errorf("read the trigger's config: %w", err)
	}
	variables := make(map[string]any, len(said.UserVariables)+len(e.UserVariables))
	for name, raw := range said.UserVariables {
		value, err := strictjson.Value(raw)
		if err != nil {
			return Event{}, fmt.Errorf("read variable %q of the trigger's config: %w", name, err)
		}
		variables[name] = value
	}
	return e.over(Event{said.Message, variables}), nil
}

// over lays the event over another one, whose variables it takes.
func (e Event) over(base Event) Event {
	if e.Message == "" {
		e.Message = base.Message
	}
	maps.Copy(base.UserVariables, e.UserVariables)
	e.UserVariables = base.UserVariables
	return e
}

// OverOccasion lays the event over what a trigger that goes by the clock says at
// a moment.
func (e Event) OverOccasion(ctx context.Context, p Timed, t Trigger, at Occasion) (Event, error) {
	base, err := p.Event(ctx, t, at)
	if err != nil {
		return Event{}, err
	}
	return e.over(base), nil
}
