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

	"github.com/onsethq/onset/pkg/cron"
)

// Spec is a schedule as its author writes it. What fires is everything that
// Preset, Cron, Every and RunAt name, each moment once.
type Spec struct {
	Preset Preset      `json:"preset,omitempty"`
	Cron   Expressions `json:"cron,omitempty" doc:"Expressions of 5, 6 or 7 fields, or tags like @daily."`
	// Every is counted in real time from the beginning of 1970.
	Every string     `json:"every,omitempty" doc:"A duration of whole seconds (15m), counted in real time from the beginning of 1970."`
	Phase string     `json:"phase,omitempty" doc:"A duration that shifts every."`
	RunAt *time.Time `json:"run_at,omitempty" doc:"One moment."`

	Exclude Exclude `json:"exclude,omitzero"`
	// Timezone is an IANA name; UTC when it is empty. The digits of expressions
	// and the dates that are left out are those of its clocks.
	Timezone  string     `json:"timezone,omitempty" doc:"An IANA name like Europe/Berlin; UTC when it is left out."`
	StartTime *time.Time `json:"start_time,omitempty" doc:"The first moment that may fire."`
	EndTime   *time.Time `json:"end_time,omitempty" doc:"The first moment that may not fire any more."`
	MaxFires  int        `json:"max_fires,omitempty" doc:"After how many moments the schedule is over; 0 is never."`
	Window    string     `json:"window,omitempty" doc:"A duration over which the starts of many schedules are spread."`

	Gap    cron.Gap    `json:"gap,omitempty" doc:"What becomes of a fixed time that the clocks skip."`
	Repeat cron.Repeat `json:"repeat,omitempty" doc:"What becomes of a fixed time that the clocks show twice."`
}

// Preset is a schedule in one word.
type Preset string

// The presets fire at the beginning of their hour, day, week (Sunday) or month.
const (
	Hourly  Preset = "hourly"
	Daily   Preset = "daily"
	Weekly  Preset = "weekly"
	Monthly Preset = "monthly"
)

var presets = map[Preset]string{Hourly: "@hourly", Daily: "@daily", Weekly: "@weekly", Monthly: "@monthly"}

// Exclude is what a schedule leaves out: days of its zone ("2026-12-25"), and
// the moments of further expressions.
type Exclude struct {
	Dates []string    `json:"dates,omitempty" doc:"Days of the schedule's zone, like 2026-12-25."`
	Cron  Expressions `json:"cron,omitempty" doc:"Expressions whose moments are left out."`
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
