package run

// Status is where a run is in its life.
//
//	           accept              claim (epoch+1)
//	(nothing) ───────▶ pending ─────────────────────▶ running ─────▶ completed
//	                   ▲ ▲   │                        │  │  │        failed
//	                   │ │   └─ cancel, expiry ─────┐ │  │  │        cancelled
//	                   │ └── lease lost, release ───┼─┘  │  └──────▶ (terminal,
//	                   │                            │    ▼            immutable)
//	                   └────────── answered ────────┼─ waiting ─────▶
//	                                                └───────────────▶
type Status string

const (
	StatusPending   Status = "pending"
	StatusRunning   Status = "running"
	StatusWaiting   Status = "waiting"
	StatusCompleted Status = "completed"
	StatusFailed    Status = "failed"
	StatusCancelled Status = "cancelled"
)

// Statuses lists every status.
var Statuses = []Status{StatusPending, StatusRunning, StatusWaiting, StatusCompleted, StatusFailed, StatusCancelled}

// Terminal says that nothing will change any more.
func (s Status) Terminal() bool {
	return s == StatusCompleted || s == StatusFailed || s == StatusCancelled
}

// moves is every legal step of a run's life; the terminal guard in the
// database refuses the rest as the last line.
var moves = map[Status][]Status{
	"":            {StatusPending},
	StatusPending: {StatusRunning, StatusCancelled, StatusFailed},
	StatusRunning: {StatusPending, StatusWaiting, StatusCompleted, StatusFailed, StatusCancelled},
	StatusWaiting: {StatusPending, StatusFailed, StatusCancelled},
}

// CanMove says whether a run may go from one status to the other.
func CanMove(from, to Status) bool {
	for _, s := range moves[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Reason says why a run is in a status that needs explaining.
type Reason string

const (
	// pending
	Queued       Reason = "queued"
	Delayed      Reason = "delayed"
	WorkspaceCap Reason = "workspace_cap"
	Backoff      Reason = "backoff"
	WorkerLost   Reason = "worker_lost"

	// waiting
	OutcomeUnknown Reason = "outcome_unknown"
	ForApproval    Reason = "approval"
	ForInput       Reason = "input"
	ForCallback    Reason = "callback"
	ForTimer       Reason = "timer"
	ForChild       Reason = "child"

	// cancelled
	Requested      Reason = "requested"
	Overlap        Reason = "overlap"
	TriggerDeleted Reason = "trigger_deleted"
	ParentEnded    Reason = "parent"
)

// Waits are the reasons for which a run waits, what only a person can settle
// first.
var Waits = []Reason{OutcomeUnknown, ForApproval, ForInput, ForCallback, ForTimer, ForChild}

// OfPerson says that only a person can end the waiting.
func (r Reason) OfPerson() bool {
	return r == OutcomeUnknown || r == ForApproval || r == ForInput
}

// ErrorCode says to a machine why a run failed.
type ErrorCode string

const (
	NodeFailed       ErrorCode = "node_failed"
	DeadlineExceeded ErrorCode = "deadline_exceeded"
	StartExpired     ErrorCode = "start_expired"
	LostWorker       ErrorCode = "worker_lost"
	NoBuild          ErrorCode = "no_build"
	LimitExceeded    ErrorCode = "limit_exceeded"
	ExpressionFailed ErrorCode = "expression_failed"
	SecretMissing    ErrorCode = "secret_missing"
	EgressBlocked    ErrorCode = "egress_blocked"
	Rejected         ErrorCode = "rejected"
	ModelRefused     ErrorCode = "model_refused"
	ApprovalExpired  ErrorCode = "approval_expired"
	InternalError    ErrorCode = "internal"
)
