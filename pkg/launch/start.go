package launch

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Start is who asks for what.
type Start struct {
	Workspace   tenant.Workspace
	Trigger     trigger.Trigger
	Build       int // 0 when none is assigned to the environment
	Environment string
	Class       run.Class
	Event       trigger.Event
	// Cause is why: the trigger's kind, or "manual" for a person's run now.
	Cause string
	// ScheduledFor is the nominal moment of a schedule's start and Lateness how
	// long it is over; nil when nobody planned it.
	ScheduledFor *time.Time
	Lateness     time.Duration
	// Backfill is what starts a run for a moment that has passed; the zero id
	// when none does.
	Backfill uuid.UUID
	// Replay says which run is started again; nil when none is.
	Replay *Replay
	// Delivery is what asks for the start; nil when nothing was delivered.
	Delivery *Delivery
	Tags     []string
	// Key makes a repeated call find the first one's run; empty makes a run
	// for each call.
	Key   string
	Depth int
	// EvenPaused starts a paused trigger this once, for a person who tries it
	// before it is resumed. The workspace's own switch is never overruled.
	EvenPaused bool
}

// Replay is a run that is started again.
type Replay struct {
	Of uuid.UUID
	// Build is the caller's word for which build to use: a number that is
	// looked up anew would make a repeated call look like another one.
	Build string
	// From is where the replay begins: a node, or run.FromFailed; empty is the
	// start.
	From string `json:",omitempty"`
	// Foreign is that of the run's cause.
	Foreign bool `json:"-"`
}

// Delivery is what arrived at a webhook. The key of its start is what the sender
// repeats it by, whatever the trigger makes of it by then.
type Delivery struct {
	ID uuid.UUID
	// CausedBy is the run that made it happen; the zero id when none did.
	CausedBy uuid.UUID
	// ReplayOf is the delivery that a person sends again: its key is that
	// person's, and not the sender's.
	ReplayOf uuid.UUID
}

// The sentences a caller is told. The published surfaces promise them.
const (
	msgPaused  = "Trigger is paused"
	msgMissing = "Trigger not found"
	msgNoBuild = "No build is assigned to environment %s"
)

// Refusal says why nothing may start, or nil. Only the store knows more: whether
// the queue is full.
func (s Start) Refusal() error {
	switch {
	case s.Trigger.Status == trigger.Archived:
		return fault.New(fault.NotFound, msgMissing)
	case s.Workspace.TriggersPaused, s.Trigger.Status != trigger.Active && !s.EvenPaused:
		return fault.New(fault.TriggerPaused, msgPaused)
	case s.Build == 0, !s.Trigger.In(s.Environment):
		return fault.New(fault.NoBuild, msgNoBuild, s.Environment)
	}
	return nil
}

const (
	// keyTTL is how long an idempotency key of a call is remembered.
	keyTTL = 24 * time.Hour
	// deliveryTTL is how long a delivery is known again, which is longer than
	// senders repeat themselves.
	deliveryTTL = 7 * 24 * time.Hour
	// startBy is how long a synchronous run may wait for its first worker:
	// somebody holds a connection open for it.
	startBy = 30 * time.Second
)

// start makes the row to be.
func (l Launcher) start(s Start) (run.Start, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return run.Start{}, fmt.Errorf("make a run id: %w", err)
	}
	out := run.Start{
		Run: run.Run{
			ID: id, Workspace: s.Workspace.ID, TriggerID: s.Trigger.ID, Trigger: s.Trigger.Name,
			GraphID: s.Trigger.GraphID, Graph: s.Trigger.Graph, Build: s.Build,
			Environment: s.Environment, Class: s.Class, ThreadID: id,
			Status: run.StatusPending, Cause: run.Cause{Kind: s.Cause, Depth: s.Depth},
			Message: s.Event.Message, UserVariables: s.Event.UserVariables, Tags: s.Tags,
		},
		Limit: s.Trigger.Policies.Limit(l.RunLimit),
	}
	if s.Replay != nil {
		out.Run.Cause.ReplayOf, out.Run.Cause.From, out.Run.Cause.Foreign = s.Replay.Of.String(), s.Replay.From, s.Replay.Foreign
	}
	if s.Delivery != nil {
		s.Delivery.mark(&out.Run.Cause)
	}
	if s.ScheduledFor != nil {
		out.Run.Cause.ScheduledFor, out.Run.Cause.LatenessMS = s.ScheduledFor, s.Lateness.Milliseconds()
	}
	if s.Backfill != uuid.Nil {
		out.Run.Cause.Backfill = s.Backfill.String()
	}
	if s.Class == run.Sync {
		out.Limit = min(out.Limit, l.SyncLimit)
		out.Deadline = out.Limit
		out.StartBy = min(startBy, out.Limit)
	}
	if s.Key == "" {
		return out, nil
	}
	out.IdempotencyScope = s.scope()
	out.IdempotencyKey = s.Key
	out.KeyTTL = keyTTL
	if s.repeated() {
		out.KeyTTL = deliveryTTL
	}
	out.Hash, err = s.hash()
	return out, err
}

// mark says in a cause what was delivered.
func (d Delivery) mark(c *run.Cause) {
	c.DeliveryID, c.Foreign = d.ID.String(), true
	if d.CausedBy != uuid.Nil {
		c.CausedBy = d.CausedBy.String()
	}
}

// repeated says that the key is a sender's, who repeats a delivery with it.
func (s Start) repeated() bool { return s.Delivery != nil && s.Delivery.ReplayOf == uuid.Nil }

// scope is where a key means the same start. The replays of a run or a delivery
// are apart: the key that started it may start its replay. So are deliveries: a
// sender's word for one must not meet a caller's for something else.
func (s Start) scope() string {
	scope := s.Trigger.ID.String() + "/" + s.Environment
	switch {
	case s.Replay != nil:
		scope += "/" + s.Replay.Of.String()
	case s.repeated():
		scope += "/hook"
	case s.Delivery != nil:
		scope += "/" + s.Delivery.ReplayOf.String()
	}
	return scope
}

// hash is over what was asked, so that a key cannot be used again for something
// else. Whether the caller waits is not part of it: a caller whose synchronous
// call broke may ask for the same run in the background.
//
// A delivery is the same one whatever its trigger makes of it by now.
func (s Start) hash() ([]byte, error) {
	if s.Delivery != nil {
		return []byte("delivery"), nil
	}
	asked, err := json.Marshal(struct {
		Trigger     uuid.UUID
		Environment string
		Message     string
		Variables   map[string]any
		Replay      *Replay  `json:",omitempty"`
		Tags        []string `json:",omitempty"`
	}{s.Trigger.ID, s.Environment, s.Event.Message, s.Event.UserVariables, s.Replay, s.Tags})
	if err != nil {
		return nil, fmt.Errorf("hash the start: %w", err)
	}
	sum := sha256.Sum256(asked)
	return sum[:], nil
}
