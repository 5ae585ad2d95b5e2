package run

import (
	"time"

	"github.com/google/uuid"
)

// Start is everything the store needs to accept a run in one transaction.
type Start struct {
	Run Run // ID, ThreadID and Cause are already made

	// IdempotencyScope and IdempotencyKey name the start; an empty key means
	// that every call is a new run. Hash is over what was asked.
	IdempotencyScope string
	IdempotencyKey   string
	Hash             []byte
	KeyTTL           time.Duration

	// Limit is how long the run may execute, counted over all attempts from
	// the first claim.
	Limit time.Duration
	// Deadline, when set, is measured from the acceptance instead
	// (synchronous calls); StartBy is when a run that never began expires.
	// Both are distances from now by the database's clock; zero means none.
	Deadline time.Duration
	StartBy  time.Duration
}

// Accepted is what became of a Start.
type Accepted struct {
	Run uuid.UUID
	// Fresh is false when the idempotency key had already started Run.
	Fresh bool
	// Admitted says that a slot of the workspace is reserved, so a bell may
	// ring at once.
	Admitted bool
}
