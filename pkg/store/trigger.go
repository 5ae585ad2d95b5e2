package store

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/trigger"
)

type triggerRow struct {
	ID           uuid.UUID
	WorkspaceID  uuid.UUID
	Name         string
	Title        string
	Kind         string
	GraphID      uuid.UUID
	Graph        string `gorm:"->"` // the graph's name, looked up
	Build        int
	Environments document[[]string]
	Status       trigger.Status
	PausedReason string
	ArchivedFrom trigger.Status // what it was before it was archived
	Config       document[json.RawMessage]
	Policies     document[trigger.Policies]
	Labels       document[map[string]string]
	Revision     int
	CreatedAt    stamp
	UpdatedAt    stamp
	DeletedAt    *stamp

	halted bool // it is about to pause itself
}

func (triggerRow) TableName() string { return "triggers" }

func (r triggerRow) place() string { return r.ID.String() }
func (r triggerRow) revision() int { return r.Revision }

func (r triggerRow) object() string { return "trigger/" + r.Name }

// audited is what the audit log says of a trigger.
func (r triggerRow) audited() audit.Fields {
	return audit.Fields{
		"title": r.Title, "kind": r.Kind, "graph": r.Graph, "build": r.Build, "environments": r.Environments.V,
		"status": r.Status, "paused_reason": r.PausedReason,
		"config": audit.Hidden{Is: r.Config.V}, "policies": r.Policies.V, "labels": r.Labels.V,
	}
}

func (r triggerRow) noun() trigger.Trigger {
	return trigger.Trigger{
		ID:           r.ID,
		Workspace:    r.WorkspaceID,
		Name:         r.Name,
		Title:        r.Title,
		Kind:         r.Kind,
		GraphID:      r.GraphID,
		Graph:        r.Graph,
		Build:        r.Build,
		Environments: r.Environments.V,
		Status:       r.Status,
		PausedReason: r.PausedReason,
		Config:       r.Config.V,
		Policies:     r.Policies.V,
		Labels:       r.Labels.V,
		Revision:     r.Revision,
		CreatedAt:    r.CreatedAt.Time,
		UpdatedAt:    r.UpdatedAt.Time,
	}
}

// withGraph is a trigger with its graph's name. It is looked up and not joined:
// a planner that guesses how many triggers a join leaves sorts all of them to
// find a page.
const withGraph = `triggers.id, triggers.workspace_id, triggers.name, triggers.title, triggers.kind, triggers.graph_id, triggers.build,
 triggers.environments, triggers.status, triggers.paused_reason, triggers.archived_from, triggers.config, triggers.policies,
 triggers.labels, triggers.revision, triggers.created_at, triggers.updated_at, triggers.deleted_at,
 (select graphs.name from graphs where graphs.workspace_id = triggers.workspace_id and graphs.id = triggers.graph_id) as graph`

// triggers are the tenant's, each with its graph's name.
func (t Tenant) triggers(tx *gorm.DB) *gorm.DB {
	return t.rows(tx, "triggers").Select(withGraph).Where("triggers.deleted_at is null")
}

func (t Tenant) trigger(tx *gorm.DB, ref string) (row triggerRow, err error) {
	err = t.triggers(tx).Where(meant("triggers", ref)).Take(&row).Error
	return row, notFound(err, "trigger", ref)
}

// Trigger finds a trigger by id or name.
func (t Tenant) Trigger(ctx context.Context, ref string) (trigger.Trigger, error) {
	row, err := t.trigger(t.db(ctx), ref)
	return row.noun(), translate(err)
}

// DeleteTrigger takes a trigger out of sight and frees its name. Its row stays:
// its runs still say what started them.
func (t Tenant) DeleteTrigger(ctx context.Context, ref string) error {
	return t.atomically(ctx, func(tx *gorm.DB) error {
		row, err := t.trigger(tx.Clauses(forUpdate("triggers")), ref)
		if err != nil {
			return err
		}
		t.mark.Changed(row.object(), row.audited(), nil)
		if err := t.unschedule(tx, row.ID, "the trigger was deleted"); err != nil {
			return err
		}
		if err := cmp.Or(t.expectNothing(tx, row.ID), t.forgetPause(tx, row.ID)); err != nil {
			return err
		}
		return t.rows(tx, "triggers").Where("id = ?", row.ID).Update("deleted_at", t.s.stamp()).Error
	})
}
