package store

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// life is the part of a run's row that changes while it lives. What it may
// become is in moves.go; change.go writes it.
type life struct {
	id           uuid.UUID
	workspace    uuid.UUID
	class        run.Class
	status       run.Status
	reason       run.Reason
	epoch        int
	admitEpoch   int
	attempts     int
	crashes      int
	budgetMS     int64
	nextAt       stamp
	startBy      *stamp
	turnAt       stamp
	bellSeq      int
	bellAt       *stamp
	worker       *string
	leaseUntil   *stamp
	deadlineAt   *stamp
	cancelAt     *stamp
	cancelReason run.Reason
	answers      int
	response     *string
	err          string
	errorCode    *run.ErrorCode
	usage        string
	createdAt    stamp
	startedAt    *stamp
	finishedAt   *stamp

	// attempt is how the attempt that this move ends came out; no column of
	// the run.
	attempt attempt
}

// attempt is the outcome of one worker's try.
type attempt string

const (
	attemptWaiting  attempt = "waiting"
	attemptReleased attempt = "released"
	attemptLost     attempt = "lost"
)

// lives is the part of the table runs that a move changes.
var lives = table{
	name: "runs",
	keys: []string{"id"},
	columns: []string{
		"status", "status_reason", "epoch", "admit_epoch", "attempts", "crashes", "budget_ms",
		"next_at", "turn_at", "bell_seq", "bell_at", "worker_id", "lease_until", "deadline_at", "cancel_at", "cancel_reason", "answers",
		"response", "error", "error_code", "usage", "started_at", "finished_at",
	},
}

// lifeColumns are what a move looks at: what it changes, and more.
var lifeColumns = "id, workspace_id, class, start_by, created_at, " + strings.Join(lives.columns, ", ")

// fields are where a row of lifeColumns is read to.
func (l *life) fields() []any {
	return []any{&l.id, &l.workspace, &l.class, &l.startBy, &l.createdAt,
		&l.status, &l.reason, &l.epoch, &l.admitEpoch, &l.attempts, &l.crashes, &l.budgetMS,
		&l.nextAt, &l.turnAt, &l.bellSeq, &l.bellAt, &l.worker, &l.leaseUntil, &l.deadlineAt, &l.cancelAt, &l.cancelReason, &l.answers,
		&l.response, &l.err, &l.errorCode, &l.usage, &l.startedAt, &l.finishedAt}
}

// values are a row of lives.
func (l life) values() []any {
	return []any{l.id,
		l.status, l.reason, l.epoch, l.admitEpoch, l.attempts, l.crashes, l.budgetMS,
		l.nextAt, l.turnAt, l.bellSeq, l.bellAt, l.worker, l.leaseUntil, l.deadlineAt, l.cancelAt, l.cancelReason, l.answers,
		l.response, l.err, l.errorCode, l.usage, l.startedAt, l.finishedAt}
}

// slot is what a run takes of its workspace's counters.
type slot int

const (
	slotNone slot = iota
	slotQueued
	slotAdmitted
)

// slot says which counter the run is in. The counters are exact because every
// move writes the difference between the slot before and the slot after.
func (l life) slot() slot {
	switch {
	case l.status == run.StatusRunning, l.status == run.StatusPending && l.admitEpoch == l.epoch:
		return slotAdmitted
	case l.status == run.StatusPending:
		return slotQueued
	default:
		return slotNone
	}
}

// lease is the hold of the attempt that runs now.
func (l life) lease() run.Lease { return run.Lease{Run: l.id, Epoch: l.epoch} }

// past says whether the moment is set and has come.
func (s *stamp) past(now stamp) bool { return s != nil && !s.After(now.Time) }

// plus is a moment later.
func (s stamp) plus(d time.Duration) stamp { return stampOf(s.Add(d)) }
