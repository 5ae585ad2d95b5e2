package trigger

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/schedule"
)

// KindSchedule is the kind of triggers that go by the clock.
const KindSchedule = "schedule"

// Timetable is the config of a trigger of KindSchedule.
type Timetable struct {
	schedule.Spec
	Message       string                     `json:"message,omitempty"`
	UserVariables map[string]json.RawMessage `json:"user_variables,omitempty"`
}

// TimetableOf reads the config of a trigger of KindSchedule.
func TimetableOf(config json.RawMessage) (t Timetable, err error) {
	if err := json.Unmarshal(config, &t); err != nil {
		return Timetable{}, fmt.Errorf("read the schedule: %w", err)
	}
	return t, nil
}

// Table is when the trigger fires. What was right when the trigger was made
// stays right: a schedule that is over has a table that gives no more moments.
func (t Trigger) Table() (*schedule.Table, error) {
	timetable, err := TimetableOf(t.Config)
	if err != nil {
		return nil, err
	}
	table, wrong := schedule.Compile(timetable.Spec, t.CreatedAt)
	if len(wrong) > 0 {
		var all []string
		for _, d := range wrong {
			all = append(all, d.Path+": "+d.Message)
		}
		return nil, fmt.Errorf("the schedule cannot be used: %s", strings.Join(all, "; "))
	}
	return table, nil
}

// SameMoments says whether two configs fire at the same moments, whatever else
// they say.
func SameMoments(a, b json.RawMessage) bool {
	left, err := TimetableOf(a)
	right, wrong := TimetableOf(b)
	return err == nil && wrong == nil && reflect.DeepEqual(left.Spec, right.Spec)
}

// Places are the environments in which a schedule fires: those that it names,
// or else the one that its workspace starts in.
func (t Trigger) Places(usual string) []string {
	if len(t.Environments) == 0 {
		return []string{usual}
	}
	return t.Environments
}

// Occasion is one moment of a schedule, as its templates know it.
type Occasion struct {
	ScheduledFor time.Time
	FiredAt      time.Time
	// Missed is how many moments before this one have started nothing.
	Missed int
	// PreviousFire and PreviousSuccess are nominal moments; nil when there were
	// none.
	PreviousFire    *time.Time
	PreviousSuccess *time.Time
	// LastOutput is the response of the last run that completed, LastError what
	// the last run failed of, unless it completed.
	LastOutput any
	LastError  string
}
