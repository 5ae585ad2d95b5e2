package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/cron"
	"github.com/onsethq/onset/pkg/fault"
)

// Table is a schedule that was read and can fire.
type Table struct {
	spec  Spec
	zone  *time.Location
	rule  cron.Policy
	crons []cron.Expr
	every time.Duration
	phase time.Duration

	holidays map[string]bool
	except   []cron.Expr
	window   time.Duration
}

// What a schedule may list at most, and the limits of its durations.
const (
	maxCrons    = 20
	maxDates    = 400
	shortest    = time.Second
	longest     = 366 * 24 * time.Hour
	maxWindow   = 24 * time.Hour
	maxMaxFires = 1_000_000
)

// The codes of details.
const (
	invalid     = string(fault.CodeInvalid)
	invalidCron = "invalid_cron"
	neverFires  = "never_fires"
	unknownZone = "unknown_timezone"
	tooFrequent = "too_frequent"
)

// reading is a schedule while it is read.
type reading struct {
	Table
	now     time.Time
	details []fault.Detail
}

func (r *reading) wrong(path, code, format string, args ...any) {
	r.details = append(r.details, fault.Detail{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// Compile reads a schedule. The details say what is wrong with it, by the names
// of its fields; there is a table only when there are none. A schedule that does
// not fire after now is wrong.
func Compile(s Spec, now time.Time) (*Table, []fault.Detail) {
	r := &reading{Table: Table{spec: s}, now: now}
	r.clocks()
	r.moments()
	r.bounds()
	r.exclusions()
	if len(r.details) == 0 {
		if _, ok := r.Next(now); !ok {
			r.wrong(r.first(), neverFires, "the schedule never fires")
		}
	}
	if len(r.details) > 0 {
		return nil, r.details
	}
	t := r.Table
	return &t, nil
}

// first is the field that says most about when the schedule fires.
func (r *reading) first() string {
	switch {
	case len(r.spec.Cron) > 0:
		return "cron"
	case r.spec.Every != "":
		return "every"
	case r.spec.RunAt != nil:
		return "run_at"
	}
	return "preset"
}

func (r *reading) clocks() {
	var err error
	if r.zone, err = Zone(r.spec.Timezone); err != nil {
		r.wrong("timezone", unknownZone, "%v", err)
		r.zone = time.UTC
	}
	r.rule = cron.Policy{Gap: r.spec.Gap, Repeat: r.spec.Repeat}
	if !slices.Contains([]cron.Gap{"", cron.RunAtChange, cron.SkipGap}, r.rule.Gap) {
		r.wrong("gap", invalid, "gap is %q or %q", cron.RunAtChange, cron.SkipGap)
	}
	if !slices.Contains([]cron.Repeat{"", cron.First, cron.Last, cron.Both}, r.rule.Repeat) {
		r.wrong("repeat", invalid, "repeat is %q, %q or %q", cron.First, cron.Last, cron.Both)
	}
}

// Zone finds a zone by its IANA name; UTC is the one without a name. "Local" is
// none: it would be another one on every machine.
func Zone(name string) (*time.Location, error) {
	switch {
	case name == "":
		return time.UTC, nil
	case strings.EqualFold(name, "local"), len(name) > 64:
		return nil, fmt.Errorf("there is no time zone %.64q: use a name like Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %.64q: use a name like Europe/Berlin", name)
	}
	return zone, nil
}

func (r *reading) moments() {
	all := r.spec.Cron
	if r.spec.Preset != "" {
		expr, known := presets[r.spec.Preset]
		if !known {
			r.wrong("preset", invalid, "preset is hourly, daily, weekly or monthly")
		} else {
			all = append(slices.Clone(all), expr)
		}
	}
	r.crons = r.expressions("cron", all)
	r.every = r.duration("every", r.spec.Every, shortest, longest)
	r.phase = r.duration("phase", r.spec.Phase, 0, longest)
	if r.spec.Preset == "" && len(r.spec.Cron) == 0 && r.spec.Every == "" && r.spec.RunAt == nil {
		r.wrong("cron", invalid, "a schedule needs cron, every, run_at or preset")
	}
	if r.spec.Phase != "" && r.spec.Every == "" {
		r.wrong("phase", invalid, "phase shifts every, which is not there")
	}
}

func (r *reading) expressions(field string, texts []string) (all []cron.Expr) {
	if len(texts) > maxCrons {
		r.wrong(field, invalid, "there are at most %d expressions", maxCrons)
		return nil
	}
	for i, text := range texts {
		path := field
		if len(texts) > 1 {
			path = fmt.Sprintf("%s[%d]", field, i)
		}
		e, err := cron.Parse(text, r.now)
		switch {
		case errors.Is(err, cron.ErrNever):
			r.wrong(path, neverFires, "Invalid cron expression: it never fires")
		case err != nil:
			r.wrong(path, invalidCron, "Invalid cron expression: %v", err)
		default:
			all = append(all, e)
		}
	}
	return all
}

// duration reads a duration of whole seconds; 0 where none is written.
func (r *reading) duration(field, text string, least, most time.Duration) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most || d%time.Second != 0 {
		r.wrong(field, invalid, "%s is whole seconds from %s to %s, like \"15m\"", field, least, most)
		return 0
	}
	return d
}

func (r *reading) bounds() {
	s := r.spec
	if s.StartTime != nil && s.EndTime != nil && !s.EndTime.After(*s.StartTime) {
		r.wrong("end_time", invalid, "end_time is not after start_time")
	}
	if s.EndTime != nil && !s.EndTime.After(r.now) {
		r.wrong("end_time", invalid, "end_time is over")
	}
	if s.MaxFires < 0 || s.MaxFires > maxMaxFires {
		r.wrong("max_fires", invalid, "max_fires is at most %d", maxMaxFires)
	}
	r.window = r.duration("window", s.Window, 0, maxWindow)
}

func (r *reading) exclusions() {
	r.except = r.expressions("exclude.cron", r.spec.Exclude.Cron)
	if len(r.spec.Exclude.Dates) > maxDates {
		r.wrong("exclude.dates", invalid, "there are at most %d dates", maxDates)
		return
	}
	r.holidays = make(map[string]bool, len(r.spec.Exclude.Dates))
	for i, date := range r.spec.Exclude.Dates {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			r.wrong(fmt.Sprintf("exclude.dates[%d]", i), invalid, "a date is written like 2026-12-25")
		}
		r.holidays[date] = true
	}
}
