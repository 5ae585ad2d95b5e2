package trigger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/fault"
)

// Policies are a trigger's own limits on the runs it starts. The timeout and
// what is expected are for all of them, the others are for schedules or for
// webhooks.
type Policies struct {
	// Timeout is the run limit; empty means the shipped one.
	Timeout string `json:"timeout,omitempty" doc:"How long a run may execute, like 10m."`
	// Overlap is what happens when the moment of a start comes and a run of the
	// trigger has not ended; empty means allow.
	Overlap Overlap `json:"overlap,omitempty" doc:"Schedules: what happens when a run has not ended and the next moment comes: allow (when it is left out), skip, queue_one or cancel_running."`
	Misfire Misfire `json:"misfire,omitzero" doc:"Schedules: what becomes of moments that pass while nobody watches the clock."`
	// OnResume is what becomes of moments that pass while the trigger is paused;
	// empty means skip.
	OnResume Catchup `json:"on_resume,omitempty" doc:"Schedules: what becomes of moments that pass while the trigger is paused: skip (when it is left out), last or all."`
	// AutoPause pauses the trigger when so many of its runs in a row have failed;
	// 0 is never.
	AutoPause int `json:"auto_pause,omitempty" doc:"Schedules: after how many failed runs in a row the trigger is paused; 0 is never."`
	// Filter is a condition over what a delivery says; empty lets all through.
	Filter string `json:"filter,omitempty" doc:"Webhooks: a condition in CEL over payload (or body), headers, query and event; deliveries for which it is not true start nothing."`
	// Idempotency gives what a delivery is known by when it comes again; empty
	// leaves it to the kind of the trigger.
	Idempotency string `json:"idempotency,omitempty" doc:"Webhooks: an expression in CEL over the same names for what a delivery is known by when it comes again, instead of the sender's id."`
	// Breaker bounds how often one subject starts runs.
	Breaker Breaker `json:"breaker,omitzero" doc:"Webhooks: how many runs one subject may start in a while before the trigger is paused."`
	Expect  Expect  `json:"expect,omitzero" doc:"What has to happen while the trigger is active, or there is an alarm."`
}

// Expect is what has to happen while a trigger is active; silence is an alarm
// then.
type Expect struct {
	SuccessEvery string `json:"success_every,omitempty" doc:"A run has to complete this often, like 26h, in each of the trigger's environments; counted from when this was asked for, or the trigger resumed."`
}

// Every is how often a run has to complete; 0 means that nothing is expected.
func (e Expect) Every() time.Duration {
	d, err := time.ParseDuration(e.SuccessEvery)
	if err != nil {
		return 0
	}
	return d
}

// Overlap is what happens when a start meets a run that has not ended.
type Overlap string

// The overlaps. QueueOne starts one more when the run has ended, and skips what
// comes meanwhile.
const (
	Allow         Overlap = "allow"
	SkipOverlap   Overlap = "skip"
	QueueOne      Overlap = "queue_one"
	CancelRunning Overlap = "cancel_running"
)

// Catchup is which of the moments that have passed start a run after all.
type Catchup string

// None, the newest alone, or the newest few.
const (
	CatchNone Catchup = "skip"
	CatchLast Catchup = "last"
	CatchAll  Catchup = "all"
)

// Misfire is what becomes of moments that pass while nobody watches the clock.
type Misfire struct {
	Mode   Catchup `json:"mode,omitempty" doc:"skip, last (when it is left out: the newest starts, and only when none is on time) or all."`
	Window string  `json:"window,omitempty" doc:"How late a start may be, like 24h, which it is when it is left out."`
	Max    int     `json:"max,omitempty" doc:"How many start at most, the newest of them; 1 for last, 10 for all when it is left out."`
}

const (
	shippedWindow  = 24 * time.Hour
	longestWindow  = 366 * 24 * time.Hour
	shippedCatches = 10
	mostCatches    = 100
	mostAutoPause  = 50

	shortestExpectation = time.Minute
	longestExpectation  = 90 * 24 * time.Hour
)

// forSchedules are those of the policies that only schedules have, forWebhooks
// those that only webhooks have.
func (p Policies) forSchedules() Policies {
	return Policies{Overlap: p.Overlap, Misfire: p.Misfire, OnResume: p.OnResume, AutoPause: p.AutoPause}
}

func (p Policies) forWebhooks() Policies {
	return Policies{Filter: p.Filter, Idempotency: p.Idempotency, Breaker: p.Breaker}
}

// Limit is how long a run of the trigger may execute: its own timeout, and
// never more than the shipped one.
func (p Policies) Limit(shipped time.Duration) time.Duration {
	if p.Timeout == "" {
		return shipped
	}
	if own, err := time.ParseDuration(p.Timeout); err == nil && own > 0 && own < shipped {
		return own
	}
	return shipped
}

// Check says what is wrong with the policies of a trigger of a provider, nil when
// nobody knows its kind; paths begin at the policies. runLimit is the longest
// timeout.
func (p Policies) Check(of Provider, runLimit time.Duration) (wrong []fault.Detail) {
	mistake := func(path, format string, args ...any) {
		wrong = append(wrong, fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)})
	}
	if d, err := time.ParseDuration(p.Timeout); p.Timeout != "" && (err != nil || d <= 0 || d > runLimit) {
		mistake("timeout", "timeout is a duration like 10m, at most %s", runLimit)
	}
	if d := p.Expect.Every(); p.Expect.SuccessEvery != "" && (d < shortestExpectation || d > longestExpectation || d%time.Second != 0) {
		mistake("expect.success_every", "success_every is a duration like 26h, whole seconds from %s to %s", shortestExpectation, longestExpectation)
	}
	if of == nil {
		return wrong
	}
	_, hooked := of.(Hooked)
	if of.Kind() != KindSchedule && p.forSchedules() != (Policies{}) {
		mistake("", "overlap, misfire, on_resume and auto_pause are for triggers of kind %s", KindSchedule)
		return wrong
	}
	if !hooked && p.forWebhooks() != (Policies{}) {
		mistake("", "filter, idempotency and breaker are for triggers that are started by webhooks")
		return wrong
	}
	p.checkWebhook(mistake)
	if !slices.Contains([]Overlap{"", Allow, SkipOverlap, QueueOne, CancelRunning}, p.Overlap) {
		mistake("overlap", "overlap is %s, %s, %s or %s", Allow, SkipOverlap, QueueOne, CancelRunning)
	}
	if !p.OnResume.known() {
		mistake("on_resume", "on_resume is %s, %s or %s", CatchNone, CatchLast, CatchAll)
	}
	if p.AutoPause < 0 || p.AutoPause > mostAutoPause {
		mistake("auto_pause", "auto_pause is at most %d", mostAutoPause)
	}
	p.Misfire.check(mistake)
	return wrong
}

func (c Catchup) known() bool {
	return slices.Contains([]Catchup{"", CatchNone, CatchLast, CatchAll}, c)
}

func (m Misfire) check(mistake func(path, format string, args ...any)) {
	if !m.Mode.known() {
		mistake("misfire.mode", "mode is %s, %s or %s", CatchNone, CatchLast, CatchAll)
	}
	if d, err := time.ParseDuration(m.Window); m.Window != "" && (err != nil || d <= 0 || d > longestWindow) {
		mistake("misfire.window", "window is a duration like 24h, at most %s", longestWindow)
	}
	switch {
	case m.Max < 0 || m.Max > mostCatches:
		mistake("misfire.max", "max is at most %d", mostCatches)
	case m.Max > 1 && m.Mode != CatchAll:
		mistake("misfire.max", "max is 1 unless the mode is all")
	}
}

// catching is the rule for one kind of moments that have passed.
type catching struct {
	mode   Catchup
	window time.Duration
	max    int
}

// misfires is the rule for moments that nobody watched.
func (p Policies) misfires() catching {
	c := catching{mode: cmp.Or(p.Misfire.Mode, CatchLast), window: shippedWindow, max: p.Misfire.Max}
	if d, err := time.ParseDuration(p.Misfire.Window); err == nil && d > 0 {
		c.window = d
	}
	switch {
	case c.mode == CatchNone:
		c.max = 0
	case c.mode == CatchLast:
		c.max = 1
	case c.max == 0:
		c.max = shippedCatches
	}
	return c
}

// resumes is the rule for moments of a pause.
func (p Policies) resumes() catching {
	p.Misfire.Mode = cmp.Or(p.OnResume, CatchNone)
	return p.misfires()
}
