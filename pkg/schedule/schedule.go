// Package schedule is when a schedule fires: its expressions, intervals and
// single moments, less what it leaves out, in the zone of its people.
//
// It decides on nominal moments only. When a moment is acted upon, and whether,
// is not its business.
package schedule

import (
	"encoding/json"
	"fmt"
	"time"
)

// Spec is a schedule as its author writes it. What fires is everything that
// Preset, Cron, Every and RunAt name, each moment once.
type Spec struct {
	// Preset is "hourly", "daily", "weekly" or "monthly".
	Preset string `json:"preset,omitempty"`
	// Cron is one expression or several.
	Cron Expressions `json:"cron,omitempty"`
	// Every is a duration ("15m"), counted in real time from the beginning of
	// 1970 and shifted by Phase.
	Every string `json:"every,omitempty"`
	Phase string `json:"phase,omitempty"`
	// RunAt is one moment, RFC 3339.
	RunAt *time.Time `json:"run_at,omitempty"`

	Exclude Exclude `json:"exclude,omitzero"`
	// Timezone is an IANA name; UTC when it is empty. The digits of expressions
	// and the dates that are left out are those of its clocks.
	Timezone string `json:"timezone,omitempty"`
	// StartTime is the first moment that may fire, EndTime the first that may not.
	StartTime *time.Time `json:"start_time,omitempty"`
	EndTime   *time.Time `json:"end_time,omitempty"`
	// MaxFires is after how many moments the schedule is over; 0 never.
	MaxFires int `json:"max_fires,omitempty"`
	// Window is over how long the starts of many schedules are spread ("30m").
	Window string `json:"window,omitempty"`
	// Gap and Repeat are what a change of clocks does: cron.Policy.
	Gap    string `json:"gap,omitempty"`
	Repeat string `json:"repeat,omitempty"`
}

// Exclude is what a schedule leaves out: days of its zone ("2026-12-25"), and
// the moments of further expressions.
type Exclude struct {
	Dates []string    `json:"dates,omitempty"`
	Cron  Expressions `json:"cron,omitempty"`
}

// Expressions are cron expressions, written as one text or as a list.
type Expressions []string

// UnmarshalJSON reads either.
func (e *Expressions) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*e = Expressions{one}
		return nil
	}
	var all []string
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("an expression is a text, or a list of texts")
	}
	*e = all
	return nil
}

// MarshalJSON writes one expression as a text.
func (e Expressions) MarshalJSON() ([]byte, error) {
	if len(e) == 1 {
		return json.Marshal(e[0])
	}
	return json.Marshal([]string(e))
}

var presets = map[string]string{"hourly": "@hourly", "daily": "@daily", "weekly": "@weekly", "monthly": "@monthly"}
