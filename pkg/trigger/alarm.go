package trigger

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Alarm is something about a trigger that is wrong now. It is read off what is
// kept, so it ends by itself when its cause is gone, and however many look there
// is one.
type Alarm struct {
	Kind    AlarmKind
	Trigger uuid.UUID
	Name    string // of the trigger
	// Environment is where; empty when it is everywhere.
	Environment string
	Since       time.Time
	Reason      string
}

// AlarmKind is what is wrong.
type AlarmKind string

// The alarms.
const (
	// ScheduleBroken is a schedule that cannot fire.
	ScheduleBroken AlarmKind = "schedule_broken"
	// ScheduleLate is a schedule whose time has come more than a minute ago and
	// that no scheduler has acted upon.
	ScheduleLate AlarmKind = "schedule_late"
	// MomentsUnaccounted is a schedule with moments that have no record, or
	// records that have no moment.
	MomentsUnaccounted AlarmKind = "moments_unaccounted"
	// AutoPaused is a trigger that paused itself because its runs failed.
	AutoPaused AlarmKind = "trigger_auto_paused"
	// SuccessOverdue is a trigger of which a success is expected that has not
	// come.
	SuccessOverdue AlarmKind = "success_overdue"
)

// AlarmKinds are all of them.
var AlarmKinds = []AlarmKind{ScheduleBroken, ScheduleLate, MomentsUnaccounted, AutoPaused, SuccessOverdue}

// LateAfter is after how long nobody having acted upon a schedule is an alarm.
const LateAfter = time.Minute

// Unaccounted says in words how much of a schedule's account is wrong.
func Unaccounted(missing, extra int, first time.Time) string {
	switch from := first.UTC().Format(time.RFC3339); {
	case extra == 0:
		return fmt.Sprintf("%d moments have no record, the first of them %s", missing, from)
	case missing == 0:
		return fmt.Sprintf("%d records have no moment, the first of them %s", extra, from)
	default:
		return fmt.Sprintf("%d moments have no record and %d records no moment, the first of them %s", missing, extra, from)
	}
}

// Overdue says in words what was expected. The last success is nil when there
// was none.
func Overdue(every time.Duration, last *time.Time) string {
	if last == nil {
		return fmt.Sprintf("a success is expected every %s, and there was none yet", every)
	}
	return fmt.Sprintf("a success is expected every %s, and the last one was at %s", every, last.UTC().Format(time.RFC3339))
}
