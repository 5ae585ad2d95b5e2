package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// accept stores the starts one after the other.
func (p plain) accept(ctx context.Context, items []starting) (answers []answer[run.Accepted], err error) {
	err = p.s.change(ctx, func(c *change) error {
		answers = answers[:0]
		rooms := map[uuid.UUID]*room{}
		for _, item := range items {
			a, err := c.accept(ctx, rooms, item)
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
		return nil
	})
	return answers, err
}

// room is what a workspace has left.
type room struct{ admitted, queued, cap, queueCap int }

// take finds a place for one more run: a slot, a place in the queue, or none.
// Nobody overtakes the queue, except a run whose caller waits on the line.
func (r *room) take(class run.Class) slot {
	switch {
	case r.admitted < r.cap && (r.queued == 0 || class == run.Sync):
		r.admitted++
		return slotAdmitted
	case r.queued < r.queueCap:
		r.queued++
		return slotQueued
	default:
		return slotNone
	}
}

// accept stores a start, and beside it the delivery that asked for it, with what
// became of it.
func (c *change) accept(ctx context.Context, rooms map[uuid.UUID]*room, item starting) (answer[run.Accepted], error) {
	a, err := c.take(ctx, rooms, item)
	if err != nil || item.delivery == nil {
		return a, err
	}
	return a, c.keepDelivery(ctx, item.delivery.after(a))
}

func (c *change) take(ctx context.Context, rooms map[uuid.UUID]*room, item starting) (answer[run.Accepted], error) {
	if item.keyed() {
		u, err := c.use(ctx, item.idempotency())
		if err != nil || u != nil {
			return item.repeatOf(u), err
		}
	}
	r, err := c.room(ctx, rooms, item.Run.Workspace)
	if err != nil || r == nil {
		return noCounters(item.Run.Workspace), err
	}
	place := r.take(item.Run.Class)
	if place == slotNone {
		return queueFull(), nil
	}
	l := item.life(c.now)
	if place == slotAdmitted {
		l = l.admit(c.now, r.admitted)
	}
	if err := c.begin(ctx, item, l); err != nil {
		return answer[run.Accepted]{}, err
	}
	return item.fresh(place == slotAdmitted), nil
}

// repeatOf is repeat, where there may be nothing to repeat because of an error.
func (s starting) repeatOf(u *use) answer[run.Accepted] {
	if u == nil {
		return answer[run.Accepted]{}
	}
	return s.repeat(*u)
}

// use reads what a key is in use for; nil when it is free.
func (c *change) use(ctx context.Context, k idempotency) (*use, error) {
	var u use
	err := c.QueryRowContext(ctx, `select hash, run_id from idempotency_keys
 where workspace_id = $1 and scope = $2 and key = $3 and expires_at > $4`, k.workspace, k.scope, k.key, c.now).Scan(&u.hash, &u.run)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &u, err
}

// room reads a workspace's counters, once per transaction; nil when the
// workspace does not exist.
func (c *change) room(ctx context.Context, rooms map[uuid.UUID]*room, workspace uuid.UUID) (*room, error) {
	if r, ok := rooms[workspace]; ok {
		return r, nil
	}
	var r room
	err := c.QueryRowContext(ctx, `select admitted, queued, cap, queue_cap from workspace_counters where workspace_id = $1`, workspace).
		Scan(&r.admitted, &r.queued, &r.cap, &r.queueCap)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	rooms[workspace] = &r
	return &r, err
}

// life is the run as it begins: in the queue.
func (s starting) life(now stamp) life {
	return life{
		id: s.Run.ID, workspace: s.Run.Workspace, class: s.Run.Class,
		status: run.StatusPending, reason: run.WorkspaceCap, admitEpoch: -1,
		budgetMS: s.Limit.Milliseconds(), nextAt: now, turnAt: now,
		startBy: within(now, s.StartBy), deadlineAt: within(now, s.Deadline), createdAt: now,
	}
}

// within is the moment that is a distance away; a distance of zero means never.
func within(now stamp, d time.Duration) *stamp {
	if d == 0 {
		return nil
	}
	at := now.plus(d)
	return &at
}

// starts is the part of the table runs that is written at the start.
var starts = table{name: "runs", keys: []string{"id"}, columns: []string{
	"workspace_id", "trigger_id", "trigger_name", "graph_id", "graph_name", "build", "environment", "class", "thread_id",
	"cause", "message", "user_variables", "tags", "status_reason", "budget_ms", "next_at", "start_by", "admit_epoch", "turn_at",
	"bell_seq", "bell_at", "deadline_at", "created_at",
}}

// begin writes a run and the key that names its start.
func (c *change) begin(ctx context.Context, s starting, l life) error {
	c.made = append(c.made, []any{
		l.id, l.workspace, optional(s.Run.TriggerID), s.Run.Trigger, s.Run.GraphID, s.Run.Graph, s.Run.Build, s.Run.Environment, l.class, s.Run.ThreadID,
		s.cause, s.Run.Message, s.variables, s.tags, l.reason, l.budgetMS, l.nextAt, l.startBy, l.admitEpoch, l.turnAt,
		l.bellSeq, l.bellAt, l.deadlineAt, l.createdAt,
	})
	c.count(l.workspace, slotNone, l.slot())
	if !s.keyed() {
		return nil
	}
	_, err := c.ExecContext(ctx, `insert into idempotency_keys (workspace_id, scope, key, hash, run_id, expires_at) values ($1, $2, $3, $4, $5, $6)
 on conflict (workspace_id, scope, key) do update set hash = excluded.hash, run_id = excluded.run_id, expires_at = excluded.expires_at`,
		l.workspace, s.IdempotencyScope, s.IdempotencyKey, s.Hash, l.id, c.now.plus(s.KeyTTL))
	return err
}

// optional is an id that may be missing.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
