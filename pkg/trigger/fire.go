package trigger

import (
	"time"

	"github.com/google/uuid"
)

// Fire is one nominal moment of a schedule in one environment, with what became
// of it; or several moments that were skipped one after the other for the same
// reason.
type Fire struct {
	Trigger     uuid.UUID
	Environment string
	// At is the moment, or the first of several; Until is the last one and Count
	// how many they are.
	At    time.Time
	Until time.Time
	Count int

	Disposition Disposition
	// Reason says more to people; it may be empty.
	Reason string
	// Run is what it started; the zero id when it started nothing.
	Run       uuid.UUID
	DecidedAt time.Time
}

// Disposition is what became of a moment.
type Disposition string

// A moment starts a run, waits for another run to end, or is skipped; a backfill
// may start its run after all.
const (
	Started          Disposition = "started"
	Waits            Disposition = "queued"
	Backfilled       Disposition = "backfilled"         // a backfill started its run, later
	SkippedMisfire   Disposition = "skipped_misfire"    // it passed while nobody watched the clock
	SkippedOverlap   Disposition = "skipped_overlap"    // a run had not ended
	SkippedPaused    Disposition = "skipped_paused"     // the trigger or the workspace was paused
	SkippedEdited    Disposition = "skipped_edited"     // the schedule was changed before it was acted upon
	SkippedNoBuild   Disposition = "skipped_no_build"   // the environment has no build of the graph
	SkippedQueueFull Disposition = "skipped_queue_full" // too many runs of the workspace wait
	SkippedError     Disposition = "skipped_error"      // its message or variables could not be computed
)

// Dispositions are all of them.
var Dispositions = []Disposition{
	Started, Waits, Backfilled, SkippedMisfire, SkippedOverlap, SkippedPaused, SkippedEdited, SkippedNoBuild, SkippedQueueFull, SkippedError,
}
