package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
)

// belongings are the tables that hold what a workspace owns, in the order in
// which they can be emptied. The counters go last: whoever changes one of the
// others holds it when he counts the change.
var belongings = []string{
	"asks", "captures", "backfill_runs", "backfills", "unaccounted", "schedule_audits", "schedules", "expectations", "auto_pauses", "promotion_changes", "promotions", "assignments",
	"triggers", "builds", "graphs",
	"environment_values", "keys", "creations",
}

// tallies are the tables that count for a workspace.
var tallies = []string{"workspace_counters", "workspace_releases"}

// outliving are the tables whose rows go later: those of which there may be
// millions bit by bit, and the audit log, which says who deleted the workspace,
// when its time is over.
var outliving = []string{"runs", "deliveries", "delivery_bodies", "fires", "idempotency_keys", "audit_log"}

type deletedRow struct {
	ID        uuid.UUID
	Name      string
	DeletedAt stamp
	DeletedBy string
}

func (deletedRow) TableName() string { return "deleted_workspaces" }

// DeleteWorkspace ends the tenant for good: its keys open nothing from then on,
// its secrets are gone, its name is free. Nothing is kept for a change of mind,
// because whoever deletes a tenant has to be able to say that it is gone. Runs,
// deliveries and what became of moments can be many, so they are deleted bit by
// bit afterwards (Fleet.SweepWorkspaces); nobody can reach them meanwhile.
//
// While runs are pending, running or waiting it is fault.Conflict. With
// ifRevision the workspace must be at that revision, else
// fault.RevisionMismatch.
func (t Tenant) DeleteWorkspace(ctx context.Context, ifRevision *int, by string) error {
	return t.atomically(ctx, func(tx *gorm.DB) error {
		var row workspaceRow
		found := tx.Clauses(forUpdate("workspaces")).Where("id = ?", t.ws).Take(&row).Error
		if err := notFound(found, "workspace", t.ws.String()); err != nil {
			return err
		}
		if ifRevision != nil && *ifRevision != row.Revision {
			return fault.New(fault.RevisionMismatch, "the workspace is at revision %d", row.Revision)
		}
		if err := t.idle(tx); err != nil {
			return err // before anything is deleted in vain
		}
		t.mark.Changed("workspace/"+row.Name, row.audited(), nil)
		if err := t.empty(tx, belongings); err != nil {
			return err
		}
		if err := t.closed(tx); err != nil {
			return err
		}
		if err := t.empty(tx, tallies); err != nil {
			return err
		}
		gone := deletedRow{ID: row.ID, Name: row.Name, DeletedAt: t.s.stamp(), DeletedBy: by}
		if err := tx.Create(&gone).Error; err != nil {
			return err
		}
		return tx.Where("id = ?", t.ws).Delete(&workspaceRow{}).Error
	})
}

// empty deletes what the workspace has in the tables.
func (t Tenant) empty(tx *gorm.DB, tables []string) error {
	for _, table := range tables {
		if err := tx.Exec("delete from "+table+" where workspace_id = ?", t.ws).Error; err != nil {
			return fmt.Errorf("delete %s of a workspace: %w", table, err)
		}
	}
	return nil
}

// closed is idle, and no run begins before the transaction ends.
func (t Tenant) closed(tx *gorm.DB) error {
	var row counterRow
	if err := t.rows(tx, "workspace_counters").Clauses(forUpdate("workspace_counters")).Take(&row).Error; err != nil {
		return err
	}
	return t.idle(tx)
}

// idle refuses while runs go on.
func (t Tenant) idle(tx *gorm.DB) error {
	var slots struct{ Admitted, Queued int64 }
	err := t.rows(tx, "workspace_slots").Select("admitted", "queued").Take(&slots).Error
	if err != nil {
		return err
	}
	var waiting int64 // they hold no slot and are in no counter
	if err := t.rows(tx, "runs").Where("status = 'waiting'").Count(&waiting).Error; err != nil {
		return err
	}
	if n := slots.Admitted + slots.Queued + waiting; n > 0 {
		return fault.New(fault.Conflict, "%d runs are pending, running or waiting: cancel them, or set triggers_paused and let them end", n)
	}
	return nil
}

const (
	someRuns       = ` in (select id from runs where workspace_id = $1 order by id limit $2)`
	someDeliveries = ` in (select id from deliveries where workspace_id = $1 order by id limit $2)`
)

// remains is what is deleted bit by bit, in an order in which nothing loses what
// it is found by.
var remains = []string{
	"payloads where run_id" + someRuns, "journal where run_id" + someRuns, "attempts where run_id" + someRuns, "runs where id" + someRuns,
	"delivery_bodies where delivery_id" + someDeliveries, "deliveries where id" + someDeliveries,
	`fires where (trigger_id, nominal_at, environment) in (select trigger_id, nominal_at, environment from fires where workspace_id = $1 limit $2)`,
	`idempotency_keys where (workspace_id, scope, key) in (select workspace_id, scope, key from idempotency_keys where workspace_id = $1 limit $2)`,
}

// SweepWorkspaces deletes what outlives one workspace that is gone, at most limit
// runs, deliveries, moments and idempotency keys with all that belongs to them,
// and says whether there may be more. After the last one nothing is left of the
// workspace.
func (f Fleet) SweepWorkspaces(ctx context.Context, limit int) (more bool, err error) {
	err = f.s.change(ctx, func(c *change) error {
		gone, err := c.deleted(ctx)
		if more = len(gone) > 0; err != nil || !more {
			return err
		}
		most := 0
		for _, what := range remains {
			n, err := c.affect(ctx, "delete from "+what, gone[0], limit)
			if err != nil {
				return err
			}
			most = max(most, n)
		}
		if most >= limit {
			return nil
		}
		_, err = c.affect(ctx, `delete from deleted_workspaces where id = $1`, gone[0])
		return err
	})
	return more, err
}

// deleted is one workspace that is gone and that nobody else is sweeping.
func (c *change) deleted(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := c.QueryContext(ctx, `select id from deleted_workspaces order by deleted_at limit 1`+c.skip)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(id *uuid.UUID) []any { return []any{id} })
}
