package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/run"
)

// Exec changes rows behind the store's back, which is how tests let time pass.
func (s *Store) Exec(text string, args ...any) error { return s.db.Exec(text, args...).Error }

// AcceptBatch stores starts as the flusher would that found all of them.
func (s *Store) AcceptBatch(ctx context.Context, workspace uuid.UUID, starts ...run.Start) ([]run.Accepted, []error) {
	return s.AcceptUpon(ctx, workspace, make([]*Basis, len(starts)), starts...)
}

// AcceptUpon is AcceptBatch for starts that rest upon bases; nil is none.
func (s *Store) AcceptUpon(ctx context.Context, workspace uuid.UUID, bases []*Basis, starts ...run.Start) ([]run.Accepted, []error) {
	items := make([]starting, len(starts))
	for i, start := range starts {
		item, err := newStarting(workspace, start)
		if err != nil {
			panic(err)
		}
		if bases[i] != nil {
			item.upon = bases[i].changes
		}
		items[i] = item
	}
	answers := s.flush.accept.write(ctx, items)
	return column(answers, func(a answer[run.Accepted]) run.Accepted { return a.value }),
		column(answers, func(a answer[run.Accepted]) error { return a.err })
}

// FinishBatch ends runs as the flusher would that found all of them.
func (s *Store) FinishBatch(ctx context.Context, o run.Outcome, leases ...run.Lease) []error {
	e, err := endOf(o)
	if err != nil {
		panic(err)
	}
	items := column(leases, func(l run.Lease) leaving {
		return leaving{entry: entry{lease: l}, status: o.Status, end: e, attempt: attempt(o.Status)}
	})
	return column(s.flush.leave.write(ctx, items), func(a answer[none]) error { return a.err })
}

// NextAt reads when a run may be tried again.
func (s *Store) NextAt(id uuid.UUID) (time.Time, error) {
	var at stamp
	err := s.db.Raw(`select next_at from runs where id = ?`, id).Row().Scan(&at)
	return at.Time, err
}

// Attempt reads how an attempt came out.
func (s *Store) Attempt(l run.Lease) (outcome string, err error) {
	err = s.db.Raw(`select outcome from attempts where run_id = ? and epoch = ?`, l.Run, l.Epoch).Scan(&outcome).Error
	return outcome, err
}

// Counters reads a workspace's counters.
func (s *Store) Counters(workspace uuid.UUID) (admitted, queued int, err error) {
	err = s.db.Raw(`select admitted, queued from workspace_slots where workspace_id = ?`, workspace).Row().Scan(&admitted, &queued)
	return admitted, queued, err
}

// Explain gives the plans of the hot statements of Postgres, as the pool with
// pinned plans makes them, by name.
func (s *Store) Explain(ctx context.Context) (map[string]string, error) {
	b := s.hot.(batched)
	statements := map[string]string{
		"accept": acceptAlike, "each": acceptEach, "keys": readKeys, "refused": letKeysGo, "admit": admitQueued, "claim": claimReady, "beat": renewLeases,
		"append": appendRecords, "end": endRuns, "leave": queueRuns, "denied": missingStarts, "deliver": insertDeliveries,
		"login": logins.postgres, "target": targets.postgres, "enter": entries.postgres, "hook": hookings.postgres, "place": surroundings.postgres, "read": readings.postgres, "tail": tails.postgres,
		"still": proofs.postgres,
	}
	plans := map[string]string{}
	for name, text := range statements {
		c, err := b.hot.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		described, err := c.Conn().Prepare(ctx, "", text)
		if err != nil {
			return nil, err
		}
		nulls := strings.TrimSuffix(strings.Repeat("null,", len(described.ParamOIDs)), ",")
		if _, err := c.Exec(ctx, "prepare hot as "+text); err != nil {
			return nil, err
		}
		rows, err := c.Query(ctx, "explain execute hot("+nulls+")")
		if err != nil {
			return nil, err
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return nil, err
			}
			plan.WriteString(line + "\n")
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		if _, err := c.Exec(ctx, "deallocate hot"); err != nil {
			return nil, err
		}
		c.Release()
		plans[name] = plan.String()
	}
	return plans, nil
}

// ExplainRuns runs the statement of a list and tells how.
func (s *Store) ExplainRuns(ctx context.Context, workspace uuid.UUID, f RunFilter) (string, error) {
	t := s.In(workspace)
	query, err := t.narrowed(ctx, f)
	if err != nil {
		return "", err
	}
	var rows []runRow
	text := query.ToSQL(func(tx *gorm.DB) *gorm.DB {
		return tx.Order("runs.id desc").Limit(defaultLimit + 1).Find(&rows)
	})
	var lines []string
	err = s.db.WithContext(ctx).Raw("explain (analyze, costs off, timing off) " + text).Scan(&lines).Error
	return strings.Join(lines, "\n"), err
}

// SettledOf is what Load tells of a run's asks.
func SettledOf(ctx context.Context, t Tenant, r run.Run) ([]run.Settled, error) {
	return t.settled(ctx, r)
}
