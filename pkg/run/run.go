// Package run is one execution of a build: its row, its legal moves, and the
// journal whose fold is its state.
package run

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Run is one execution of a build.
type Run struct {
	ID          uuid.UUID
	Workspace   uuid.UUID
	TriggerID   uuid.UUID // zero when no trigger started it
	Trigger     string    // the trigger's name at the start
	GraphID     uuid.UUID
	Graph       string
	Build       int
	Environment string
	Class       Class
	ThreadID    uuid.UUID // its own id unless it continues another's thread

	Status Status
	Reason Reason
	Cause  Cause

	Message       string
	UserVariables map[string]any
	// Response is the session variables at the end; nil before.
	Response  map[string]any
	Error     string
	ErrorCode ErrorCode
	Usage     Usage

	// Epoch is the fencing token: every claim raises it, every later write of
	// that attempt carries it and is refused when it is old.
	Epoch    int
	Attempts int
	Crashes  int

	CreatedAt  time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
	DeadlineAt *time.Time
	CancelAt   *time.Time
	Tags       []string
}

// RequiresInput says that the run stands still until a person has said
// something.
func (r Run) RequiresInput() bool { return r.Status == StatusWaiting && r.Reason.OfPerson() }

// Class is the pool of worker slots a run needs: someone holds a connection
// open for a synchronous run, so it never waits behind background work.
type Class string

const (
	Sync       Class = "sync"
	Background Class = "bg"
)

// Classes lists every class; a worker has slots for each.
var Classes = []Class{Sync, Background}

// Cause says why a run exists.
type Cause struct {
	Kind         string     `json:"kind"`
	ScheduledFor *time.Time `json:"scheduled_for,omitempty"`
	LatenessMS   int64      `json:"lateness_ms,omitempty"`
	// Backfill is what started it for a moment that had passed.
	Backfill   string `json:"backfill,omitempty"`
	DeliveryID string `json:"delivery_id,omitempty"`
	// CausedBy is the run that made the delivery happen.
	CausedBy  string `json:"caused_by,omitempty"`
	ParentRun string `json:"parent_run,omitempty"`
	ReplayOf  string `json:"replay_of,omitempty"`
	// Foreign says that strangers wrote what the run was told, or what a run was
	// told that stands behind it.
	Foreign bool `json:"foreign,omitempty"`
	// From is where the replay begins: a node, or FromFailed; empty is the start.
	From  string `json:"from,omitempty"`
	Depth int    `json:"depth"`
}

// Usage is what a run has spent so far.
type Usage struct {
	ModelCalls   int     `json:"model_calls"`
	ToolCalls    int     `json:"tool_calls"`
	InputTokens  int     `json:"input_tokens"`
	OutputTokens int     `json:"output_tokens"`
	USD          float64 `json:"usd"`
}

// Add counts more.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		ModelCalls:   u.ModelCalls + v.ModelCalls,
		ToolCalls:    u.ToolCalls + v.ToolCalls,
		InputTokens:  u.InputTokens + v.InputTokens,
		OutputTokens: u.OutputTokens + v.OutputTokens,
		USD:          u.USD + v.USD,
	}
}

// Tokens are those that were read and written together.
func (u Usage) Tokens() int { return u.InputTokens + u.OutputTokens }

// Lease is one attempt's hold on a run. Every write of the attempt names it.
type Lease struct {
	Run   uuid.UUID
	Epoch int
}

// Outcome is how an attempt ends its run.
type Outcome struct {
	Status    Status // Completed, Failed or Cancelled
	Reason    Reason // for Cancelled
	Response  map[string]any
	Error     string
	ErrorCode ErrorCode
	Usage     Usage
}

// Record is one line of a run's journal. Seq counts from 1 in each run and is
// the event id of its live stream.
type Record struct {
	Seq       int             `json:"seq"`
	Epoch     int             `json:"epoch"`
	At        time.Time       `json:"at"`
	Type      RecordType      `json:"type"`
	Node      string          `json:"node,omitempty"`
	Iteration int             `json:"iteration"`
	Call      string          `json:"call,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
}

// RecordType says what a record tells.
type RecordType string

const (
	RunStarted    RecordType = "run.started"
	RunResumed    RecordType = "run.resumed"
	StepStarted   RecordType = "step.started"
	StepCompleted RecordType = "step.completed"
	StepFailed    RecordType = "step.failed"
	StepRetrying  RecordType = "step.retrying"
	Waiting       RecordType = "waiting"
	Answered      RecordType = "answered"
	Withdrawn     RecordType = "withdrawn"
	RunCancelled  RecordType = "cancelled"
	LogLine       RecordType = "log"
)
