package trigger

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/schedule"
)

// Backfill starts runs for moments of a schedule that have passed.
type Backfill struct {
	ID        uuid.UUID
	Workspace uuid.UUID
	Trigger   uuid.UUID
	Mode      BackfillMode
	// Environments are where it starts runs.
	Environments []string
	// Since is the first moment that is meant, Until the first that is not.
	Since, Until time.Time
	// MaxActive is how many of its runs may be unfinished at once.
	MaxActive int
	// Config is the trigger's when somebody asked: the moments are those of that
	// schedule, whatever becomes of the trigger.
	Config json.RawMessage

	Status BackfillStatus
	// Reason is why it stands still, or why it ended.
	Reason string
	// Next is the moment to decide about next, in the environment at Place; nil
	// when everything is decided.
	Next  *time.Time
	Place int

	// Moments is how many it names, in all environments; of those it Started runs
	// for some, Kept some as they were and Skipped some that cannot start.
	Moments, Started, Kept, Skipped int

	CreatedAt  time.Time
	CreatedBy  string
	FinishedAt *time.Time
}

// BackfillMode is for which moments a backfill starts runs.
type BackfillMode string

// The moments that started nothing, these and those whose run failed, or all.
const (
	Missing          BackfillMode = "missing"
	MissingAndFailed BackfillMode = "missing_and_failed"
	AllMoments       BackfillMode = "all"
)

// BackfillModes are all of them.
var BackfillModes = []BackfillMode{Missing, MissingAndFailed, AllMoments}

// BackfillStatus is how a backfill stands.
type BackfillStatus string

// A backfill is completed when all is decided and its runs have ended.
const (
	BackfillRunning   BackfillStatus = "running"
	BackfillCompleted BackfillStatus = "completed"
	BackfillAborted   BackfillStatus = "aborted"
)

const (
	// mostNamed is how many moments one backfill may name, in all environments, when
	// its schedule has no more expressions than are usual.
	mostNamed = 10_000
	usual     = 4
	// MaxActive bounds how many of its runs may be unfinished at once.
	MaxActive = 100
)

// Slot is one moment in one environment.
type Slot struct {
	At          time.Time
	Environment string
}

// Table is the schedule whose moments are meant. made is when the trigger was.
func (b Backfill) Table(made time.Time) (*schedule.Table, error) {
	return Trigger{Config: b.Config, CreatedAt: made}.Table()
}

// MaxBackfill is how many moments a backfill may name, in all environments: fewer
// when the schedule has many expressions, because each is asked for each moment.
func MaxBackfill(table *schedule.Table) int {
	return mostNamed * usual / max(usual, table.Expressions())
}

// Begin is the backfill before its first moment, with the number of those that
// it names: more than MaxBackfill when there are more than it may name.
func (b Backfill) Begin(table *schedule.Table) Backfill {
	b.Next, b.Place, b.Moments = nil, 0, 0
	if first, ok := table.Next(b.Since.Add(-time.Nanosecond)); ok && first.Before(b.Until) {
		b.Next = &first
		b.Moments = len(b.Slots(table, MaxBackfill(table)+1))
	}
	return b
}

// Slots are what is to be decided next, in order, at most so many.
func (b Backfill) Slots(table *schedule.Table, most int) (all []Slot) {
	if b.Next == nil {
		return nil
	}
	place := b.Place
	for at, ok := *b.Next, true; ok && at.Before(b.Until); at, ok = table.Next(at) {
		for _, environment := range b.Environments[place:] {
			if len(all) == most {
				return all
			}
			all = append(all, Slot{at, environment})
		}
		place = 0
	}
	return all
}

// At is the backfill with next to decide about; nil when nothing is left.
func (b Backfill) At(next *Slot) Backfill {
	b.Next, b.Place = nil, 0
	if next == nil {
		return b
	}
	b.Next = &next.At
	for i, environment := range b.Environments {
		if environment == next.Environment {
			b.Place = i
		}
	}
	return b
}

// Takes says whether a run is to be started for a moment of which this is
// recorded; nil when nothing is. failed is how the run of the record ended.
func (m BackfillMode) Takes(recorded *Fire, failed bool) bool {
	switch {
	case recorded == nil:
		return true
	case recorded.Disposition == Waits:
		return false // it starts by itself
	case recorded.Run == uuid.Nil:
		return true
	}
	return m == AllMoments || m == MissingAndFailed && failed
}
