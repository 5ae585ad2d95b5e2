package providers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Checked = Schedule{}
	_ trigger.Timed   = Schedule{}
)

// Schedule is started by the clock.
type Schedule struct{}

// Kind is "schedule".
func (Schedule) Kind() string { return trigger.KindSchedule }

// Title is for people choosing a kind.
func (Schedule) Title() string { return "Schedule" }

// Description is for people choosing a kind.
func (Schedule) Description() string {
	return "Started by the clock, in the time zone of its people: in each of its environments, or in the workspace's default environment when it names none."
}

// Schema is the schedule, and what its runs begin with.
func (Schedule) Schema() json.RawMessage { return json.RawMessage(timetable) }

const timetable = `{
  "type": "object",
  "additionalProperties": false,
  "$defs": {
    "expressions": {
      "anyOf": [
        {"type": "string"},
        {"type": "array", "maxItems": 20, "items": {"type": "string"}}
      ]
    }
  },
  "properties": {
    "preset": {"enum": ["hourly", "daily", "weekly", "monthly"], "description": "a schedule in one word: the beginning of each"},
    "cron": {"$ref": "#/$defs/expressions", "description": "expressions of 5, 6 or 7 fields, or tags like @daily"},
    "every": {"type": "string", "description": "a duration of whole seconds, like 15m, in real time"},
    "phase": {"type": "string", "description": "a duration that shifts every"},
    "run_at": {"type": "string", "format": "date-time", "description": "one moment"},
    "exclude": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "dates": {"type": "array", "maxItems": 400, "items": {"type": "string"}, "description": "days of the zone, like 2026-12-25"},
        "cron": {"$ref": "#/$defs/expressions", "description": "expressions whose moments are left out"}
      }
    },
    "timezone": {"type": "string", "description": "an IANA name like Europe/Berlin; UTC when it is left out"},
    "start_time": {"type": "string", "format": "date-time", "description": "the first moment that may fire"},
    "end_time": {"type": "string", "format": "date-time", "description": "the first moment that may not fire any more"},
    "max_fires": {"type": "integer", "minimum": 0, "maximum": 1000000, "description": "after how many moments the schedule is over; 0 is never"},
    "window": {"type": "string", "description": "a duration over which starts are spread, always the same for one trigger"},
    "gap": {"enum": ["run_at_change", "skip"], "description": "what becomes of a fixed time that the clocks skip"},
    "repeat": {"enum": ["first", "last", "both"], "description": "what becomes of a fixed time that the clocks show twice"},
    "message": {"type": "string", "description": "the first message of a run; a template over trigger (id, name, kind) and schedule: scheduled_for, fired_at, lateness_s, missed, previous_fire, previous_success, last_output, last_error"},
    "user_variables": {"type": "object", "maxProperties": 1000, "description": "session variables of every run; templates over the same names"}
  }
}`

// Check reads the schedule and the templates.
func (Schedule) Check(config json.RawMessage, now time.Time) []fault.Detail {
	var t trigger.Timetable
	if unread := strictjson.Decode(config, &t); len(unread) > 0 {
		return unread
	}
	_, wrong := schedule.Compile(t.Spec, now)
	fields, err := strictjson.Object(config)
	if err != nil {
		return []fault.Detail{{Code: string(fault.CodeInvalid), Message: err.Error()}}
	}
	for _, name := range []string{"message", "user_variables"} {
		if len(fields[name]) == 0 {
			continue
		}
		for _, p := range templateProblems(fields[name]) {
			wrong = append(wrong, fault.Detail{Path: strictjson.Under(name, p.Path), Code: "bad_template", Message: p.Message})
		}
	}
	for name := range t.UserVariables {
		if !trigger.VariableName(name) {
			wrong = append(wrong, fault.Detail{Path: "user_variables", Code: string(fault.CodeInvalid), Message: "a variable's name has 1 to 128 characters, no dot and no {{"})
			break
		}
	}
	return wrong
}

// templateProblems are those of templates over trigger and schedule. Of an
// occasion everything is known before: what asks for more would always be empty.
func templateProblems(templates json.RawMessage) []expr.Problem {
	scope := occasion(trigger.Trigger{}, trigger.Occasion{})
	problems := expr.CheckTemplateOver(templates, slices.Sorted(maps.Keys(scope)))
	for _, root := range slices.Sorted(maps.Keys(scope)) {
		fields, _ := scope[root].(map[string]any)
		for _, n := range expr.TemplateNames(templates, root) {
			if _, known := fields[n.Name]; !known {
				problems = append(problems, expr.Problem{Path: n.Path, Message: fmt.Sprintf("%s.%s does not exist: there are %s",
					root, n.Name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))})
			}
		}
	}
	return problems
}

// Event fills the templates for one moment. What was inserted is not expanded
// again.
func (Schedule) Event(ctx context.Context, t trigger.Trigger, at trigger.Occasion) (trigger.Event, error) {
	timetable, err := trigger.TimetableOf(t.Config)
	if err != nil {
		return trigger.Event{}, err
	}
	scope := occasion(t, at)
	message, _, err := expr.Text(ctx, timetable.Message, scope, expr.Verbatim)
	if err != nil {
		return trigger.Event{}, fmt.Errorf("message: %w", err)
	}
	variables := make(map[string]any, len(timetable.UserVariables))
	for name, raw := range timetable.UserVariables {
		if variables[name], _, err = expr.Expand(ctx, raw, scope); err != nil {
			return trigger.Event{}, fmt.Errorf("user_variables.%s: %w", name, err)
		}
	}
	return trigger.Event{Message: message, UserVariables: variables}, nil
}

func occasion(t trigger.Trigger, at trigger.Occasion) expr.Scope {
	return expr.Scope{
		"trigger": map[string]any{"id": t.ID.String(), "name": t.Name, "kind": t.Kind},
		"schedule": map[string]any{
			"scheduled_for": written(&at.ScheduledFor), "fired_at": written(&at.FiredAt),
			"lateness_s": int64(at.FiredAt.Sub(at.ScheduledFor) / time.Second), "missed": int64(at.Missed),
			"previous_fire": written(at.PreviousFire), "previous_success": written(at.PreviousSuccess),
			"last_output": at.LastOutput, "last_error": at.LastError,
		},
	}
}

// written is a moment as expressions have it; what never was is empty.
func written(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05Z07:00")
}

// LooksBack says whether the templates of a config ask for what became of
// earlier runs.
func (Schedule) LooksBack(config json.RawMessage) bool {
	return slices.ContainsFunc(expr.TemplateNames(config, "schedule"), func(n expr.Name) bool {
		return slices.Contains([]string{"previous_fire", "previous_success", "last_output", "last_error"}, n.Name)
	})
}
