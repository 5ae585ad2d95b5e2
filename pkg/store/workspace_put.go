package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
)

// ChangeWorkspace changes what can be changed of the tenant's own workspace: all
// but its id and name. change is given the workspace as it stands while nobody
// else changes it, so that two who change different things both succeed; it
// calls nothing of the store. With ifRevision the workspace must be at that
// revision, else fault.RevisionMismatch. What changes nothing keeps the
// revision. The counters that keep the caps exact change with the limits.
func (t Tenant) ChangeWorkspace(ctx context.Context, ifRevision *int, change func(tenant.Workspace) tenant.Workspace) (tenant.Workspace, error) {
	var row workspaceRow
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		found := tx.Clauses(forUpdate("workspaces")).Where("id = ?", t.ws).Take(&row).Error
		if err := notFound(found, "workspace", t.ws.String()); err != nil {
			return err
		}
		if ifRevision != nil && *ifRevision != row.Revision {
			return fault.New(fault.RevisionMismatch, "the workspace is at revision %d", row.Revision)
		}
		w := change(row.noun())
		w.Name = row.Name
		if err := checkWorkspace(w, row.noun()); err != nil {
			return err
		}
		old := row
		row.Title, row.Tier, row.DefaultEnvironment = w.Title, w.Tier, w.DefaultEnvironment
		row.Limits, row.TriggersPaused = document[tenant.Limits]{w.Limits}, w.TriggersPaused
		t.mark.Changed("workspace/"+row.Name, old.audited(), row.audited())
		if row == old {
			return nil
		}
		row.Revision, row.UpdatedAt = old.Revision+1, t.s.stamp()
		return t.putWorkspace(tx, row)
	})
	if err != nil {
		return tenant.Workspace{}, err
	}
	return row.noun(), nil
}

func (t Tenant) putWorkspace(tx *gorm.DB, row workspaceRow) error {
	err := tx.Table("workspaces").Where("id = ?", t.ws).Updates(map[string]any{
		"title": row.Title, "tier": row.Tier, "default_environment": row.DefaultEnvironment,
		"limits": row.Limits, "triggers_paused": row.TriggersPaused,
		"revision": row.Revision, "updated_at": row.UpdatedAt,
	}).Error
	if err != nil {
		return err
	}
	return t.rows(tx, "workspace_counters").
		Updates(map[string]any{"cap": row.Limits.V.Running, "queue_cap": row.Limits.V.Pending}).Error
}
