package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/trigger"
)

type backfillRow struct {
	ID           uuid.UUID
	WorkspaceID  uuid.UUID
	TriggerID    uuid.UUID
	Mode         trigger.BackfillMode
	Environments document[[]string]
	SinceAt      stamp
	UntilAt      stamp
	MaxActive    int
	Config       document[json.RawMessage]
	Status       trigger.BackfillStatus
	Reason       string
	NextNominal  *stamp
	Place        int
	LookAt       *stamp
	Moments      int
	Started      int
	Kept         int
	Skipped      int
	CreatedAt    stamp
	CreatedBy    string
	FinishedAt   *stamp
}

func (backfillRow) TableName() string { return "backfills" }

const backfillColumns = `id, workspace_id, trigger_id, mode, environments, since_at, until_at, max_active, config, status, reason,
 next_nominal, place, look_at, moments, started, kept, skipped, created_at, created_by, finished_at`

// fields are where a row of backfillColumns is read to.
func (r *backfillRow) fields() []any {
	return []any{
		&r.ID, &r.WorkspaceID, &r.TriggerID, &r.Mode, &r.Environments, &r.SinceAt, &r.UntilAt, &r.MaxActive, &r.Config, &r.Status, &r.Reason,
		&r.NextNominal, &r.Place, &r.LookAt, &r.Moments, &r.Started, &r.Kept, &r.Skipped, &r.CreatedAt, &r.CreatedBy, &r.FinishedAt,
	}
}

func (r backfillRow) place() string { return r.ID.String() }

func (r backfillRow) noun() trigger.Backfill {
	return trigger.Backfill{
		ID: r.ID, Workspace: r.WorkspaceID, Trigger: r.TriggerID, Mode: r.Mode, Environments: r.Environments.V,
		Since: r.SinceAt.Time, Until: r.UntilAt.Time, MaxActive: r.MaxActive, Config: r.Config.V,
		Status: r.Status, Reason: r.Reason, Next: moment(r.NextNominal), Place: r.Place,
		Moments: r.Moments, Started: r.Started, Kept: r.Kept, Skipped: r.Skipped,
		CreatedAt: r.CreatedAt.Time, CreatedBy: r.CreatedBy, FinishedAt: moment(r.FinishedAt),
	}
}

func (t Tenant) backfillRow(b trigger.Backfill, now stamp) backfillRow {
	return backfillRow{
		ID: b.ID, WorkspaceID: t.ws, TriggerID: b.Trigger, Mode: b.Mode, Environments: document[[]string]{b.Environments},
		SinceAt: stampOf(b.Since), UntilAt: stampOf(b.Until), MaxActive: b.MaxActive, Config: document[json.RawMessage]{b.Config},
		Status: trigger.BackfillRunning, NextNominal: stamped(b.Next), Place: b.Place, LookAt: &now, Moments: b.Moments,
		CreatedAt: now, CreatedBy: b.CreatedBy,
	}
}

// audited is what the audit log says of a backfill.
func (r backfillRow) audited() audit.Fields {
	return audit.Fields{
		"mode": r.Mode, "environments": r.Environments.V, "since": r.SinceAt.Time, "until": r.UntilAt.Time,
		"max_active": r.MaxActive, "moments": r.Moments, "status": r.Status,
	}
}

// Backfilling is a backfill with what its runs have come to.
type Backfilling struct {
	trigger.Backfill
	Active, Completed, Failed, Cancelled int
}

// Backfill finds a backfill of a trigger.
func (t Tenant) Backfill(ctx context.Context, of, id uuid.UUID) (Backfilling, error) {
	row, err := t.backfill(t.db(ctx), of, id)
	if err != nil {
		return Backfilling{}, translate(err)
	}
	all, err := t.withRuns(ctx, []backfillRow{row})
	if err != nil {
		return Backfilling{}, translate(err)
	}
	return all[0], nil
}

func (t Tenant) backfill(tx *gorm.DB, of, id uuid.UUID) (row backfillRow, err error) {
	err = t.rows(tx, "backfills").Where("trigger_id = ? and id = ?", of, id).Take(&row).Error
	return row, notFound(err, "backfill", id.String())
}

// Backfills lists the backfills of a trigger, newest first.
func (t Tenant) Backfills(ctx context.Context, of uuid.UUID, p Page) ([]Backfilling, string, error) {
	rows, next, err := newest[backfillRow](t, "backfills", "backfills.id", p, t.rows(t.db(ctx), "backfills").Where("trigger_id = ?", of))
	if err != nil {
		return nil, "", err
	}
	all, err := t.withRuns(ctx, rows)
	return all, next, translate(err)
}

// withRuns counts what the runs of backfills have come to. Those that are gone
// had ended.
func (t Tenant) withRuns(ctx context.Context, rows []backfillRow) ([]Backfilling, error) {
	ids := nouns(rows, func(r backfillRow) uuid.UUID { return r.ID })
	var counts []struct {
		BackfillID                           uuid.UUID
		Active, Completed, Failed, Cancelled int
	}
	err := t.rows(t.db(ctx), "backfill_runs").Joins("join runs r on r.id = backfill_runs.run_id").
		Select(`backfill_runs.backfill_id,
 sum(case when r.status = 'completed' then 1 else 0 end) as completed, sum(case when r.status = 'failed' then 1 else 0 end) as failed,
 sum(case when r.status = 'cancelled' then 1 else 0 end) as cancelled, sum(case when r.finished_at is null then 1 else 0 end) as active`).
		Where("backfill_runs.backfill_id in ?", ids).Group("backfill_runs.backfill_id").Scan(&counts).Error
	if err != nil {
		return nil, err
	}
	all := nouns(rows, func(r backfillRow) Backfilling { return Backfilling{Backfill: r.noun()} })
	for i := range all {
		for _, n := range counts {
			if n.BackfillID == all[i].ID {
				all[i].Active, all[i].Completed, all[i].Failed, all[i].Cancelled = n.Active, n.Completed, n.Failed, n.Cancelled
			}
		}
	}
	return all, nil
}

// SweepBackfills deletes backfills that ended that long ago, at most limit, and
// returns how many. Their runs stay.
func (f Fleet) SweepBackfills(ctx context.Context, keep time.Duration, limit int) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		rows, err := c.QueryContext(ctx, `select id from backfills where finished_at <= $1 order by finished_at limit $2`+c.skip, c.now.plus(-keep), limit)
		if err != nil {
			return err
		}
		ids, err := collect(rows, func(id *uuid.UUID) []any { return []any{id} })
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		for _, from := range []struct{ table, column string }{{"backfill_runs", "backfill_id"}, {"backfills", "id"}} {
			which, arg := c.among(from.column, ids)
			if _, err := c.affect(ctx, "delete from "+from.table+" where "+which, arg); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
