package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
)

// Accept stores the run, and when it returns without an error the run is
// committed: nothing that must happen later happens outside that transaction.
// It reserves a slot when the workspace has room, so that a bell may ring at
// once.
//
// A start whose idempotency key already started a run is answered with that
// run. Faults: IdempotencyConflict when the key was used for something else,
// IdempotencyInProgress when the first use is not committed yet, QueueFull when
// the workspace has too many pending runs, Unavailable when the database is
// away. After Unavailable the run may exist all the same; only a start with a
// key can be repeated safely.
func (t Tenant) Accept(ctx context.Context, start run.Start) (run.Accepted, error) {
	item, err := newStarting(t.ws, start)
	if err != nil {
		return run.Accepted{}, err
	}
	return t.accept(ctx, item)
}

// AcceptDelivery is Accept for a delivery that shall start the run. In the same
// transaction it keeps the delivery, with what became of it: the outcome started,
// duplicate, or refused because too many runs are pending.
func (t Tenant) AcceptDelivery(ctx context.Context, start run.Start, d trigger.Delivery) (run.Accepted, error) {
	item, err := newStarting(t.ws, start)
	if err != nil {
		return run.Accepted{}, err
	}
	if item.delivery, err = newDelivering(t.ws, d); err != nil {
		return run.Accepted{}, err
	}
	return t.accept(ctx, item)
}

func (t Tenant) accept(ctx context.Context, item starting) (run.Accepted, error) {
	if t.basis != nil && t.basis.workspace != t.ws {
		return run.Accepted{}, ErrOutdated
	}
	if t.basis != nil {
		item.upon = t.basis.changes
	}
	accepted, err := t.s.flush.accept.do(ctx, item)
	t.prove(err)
	if lockTimeout(err) {
		return run.Accepted{}, fault.Wrap(err, fault.IdempotencyInProgress, "a request with this Idempotency-Key is in progress").After(time.Second)
	}
	return accepted, err
}

// starting is a start whose documents are already text, so that a bad one fails
// before it is in company. It is passed on by its address: a start is wide, and
// each column of a batch asks all of them.
type starting struct{ *startRow }

type startRow struct {
	run.Start
	cause, variables, tags string
	// upon is the count of changes of the workspace that the start rests upon; 0
	// is none.
	upon int64
	// delivery is what asks for the start; nil when nothing was delivered.
	delivery *delivering
}

func newStarting(workspace uuid.UUID, s run.Start) (item starting, err error) {
	if err := checkText("message", s.Run.Message); err != nil {
		return starting{}, err
	}
	item = starting{&startRow{Start: s, variables: "{}", tags: "[]"}}
	item.Run.Workspace = workspace
	if item.cause, err = causeText(&item.Run.Cause); err != nil {
		return starting{}, err
	}
	if len(item.Run.UserVariables) > 0 {
		if item.variables, err = jsonText("user_variables", item.Run.UserVariables); err != nil {
			return starting{}, err
		}
	}
	if len(item.Run.Tags) > 0 {
		item.tags, err = jsonText("tags", item.Run.Tags)
	}
	return item, err
}

// causeText is a cause as a document. That of nearly every call is a kind and
// nothing else, which needs no look at each field.
func causeText(c *run.Cause) (string, error) {
	if *c == (run.Cause{Kind: c.Kind}) && strings.Trim(c.Kind, "abcdefghijklmnopqrstuvwxyz") == "" {
		return `{"kind":"` + c.Kind + `","depth":0}`, nil
	}
	return jsonText("cause", c)
}

// jsonText is a document as both databases take it.
func jsonText(path string, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	if strictjson.HoldsNUL(b) {
		return "", invalid(path, "text with a NUL character cannot be stored")
	}
	return string(b), nil
}

func (s starting) size() int {
	return len(s.cause) + len(s.variables) + len(s.tags) + len(s.Run.Message) + s.delivery.size()
}

// keyed says that the start may be repeated without starting another run.
func (s starting) keyed() bool { return s.IdempotencyKey != "" }

// idempotency is what a key is kept under.
type idempotency struct {
	workspace  uuid.UUID
	scope, key string
}

func (s starting) idempotency() idempotency {
	return idempotency{s.Run.Workspace, s.IdempotencyScope, s.IdempotencyKey}
}

// use is what an idempotency key was first used for.
type use struct {
	hash []byte
	run  uuid.UUID
}

// repeat answers a start whose key is in use by another run than its own.
func (s starting) repeat(u use) answer[run.Accepted] {
	if string(u.hash) != string(s.Hash) {
		return answer[run.Accepted]{err: fault.New(fault.IdempotencyConflict, "the Idempotency-Key was used with a different request")}
	}
	return answer[run.Accepted]{value: run.Accepted{Run: u.run}}
}

// fresh answers a start that became a run.
func (s starting) fresh(admitted bool) answer[run.Accepted] {
	return answer[run.Accepted]{value: run.Accepted{Run: s.Run.ID, Fresh: true, Admitted: admitted}}
}

func queueFull() answer[run.Accepted] {
	return answer[run.Accepted]{err: fault.New(fault.QueueFull, "the workspace has too many pending runs").After(time.Second)}
}

func noCounters(ws uuid.UUID) answer[run.Accepted] {
	return answer[run.Accepted]{err: fault.New(fault.NotFound, "workspace %q does not exist", ws)}
}

// startOutcome finds out whether a start was committed. Its key knows it best:
// the run may be that of an earlier start.
func (s *Store) startOutcome(ctx context.Context, item starting) (answer[run.Accepted], bool, error) {
	if item.keyed() {
		u, found, err := s.use(ctx, item.idempotency())
		if err != nil || !found {
			return answer[run.Accepted]{}, false, err
		}
		if u.run != item.Run.ID {
			return item.repeat(u), true, nil
		}
	}
	r, err := s.In(item.Run.Workspace).stored(ctx, item.Run.ID)
	if errors.Is(err, fault.NotFound) {
		return answer[run.Accepted]{}, false, nil
	}
	// Whether a slot was reserved is not asked: a bell too many does no harm.
	return item.fresh(r.Status == run.StatusPending), err == nil, err
}

func (s *Store) use(ctx context.Context, k idempotency) (u use, found bool, err error) {
	var rows []struct {
		Hash  []byte
		RunID uuid.UUID
	}
	err = s.db.WithContext(ctx).Raw(`select hash, run_id from idempotency_keys where workspace_id = ? and scope = ? and key = ?`,
		k.workspace, k.scope, k.key).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return use{}, false, err
	}
	return use{rows[0].Hash, rows[0].RunID}, true, nil
}
