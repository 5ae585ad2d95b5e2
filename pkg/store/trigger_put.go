package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

// PutTrigger creates the trigger or replaces what it says. Its graph is named
// by GraphID, or by Graph when that is zero, and must exist, as must a pinned
// build. An empty Status means active for a new trigger and leaves an old one
// as it is. With ifRevision the trigger must be at that revision, 0 meaning
// that it must not exist yet; else fault.RevisionMismatch. The same trigger
// again changes nothing, not even the revision.
func (t Tenant) PutTrigger(ctx context.Context, g trigger.Trigger, ifRevision *int) (stored trigger.Trigger, created bool, err error) {
	if err := checkTrigger(g); err != nil {
		return trigger.Trigger{}, false, err
	}
	var row triggerRow
	err = t.atomically(ctx, func(tx *gorm.DB) error {
		target, err := t.target(tx, g)
		if err != nil {
			return err
		}
		row = t.s.newTrigger(t.ws, g, target)
		old, err := insertOrLock(tx, &row, ifRevision, func(tx *gorm.DB) (triggerRow, error) {
			return t.trigger(tx.Clauses(forUpdate("triggers")), g.Name)
		})
		if err != nil {
			return err
		}
		if created = old == nil; created {
			t.mark.Changed(row.object(), nil, row.audited())
			return t.keepUp(tx, nil, row)
		}
		row, err = t.replace(tx, *old, row, g.Status)
		return err
	})
	if err != nil {
		return trigger.Trigger{}, false, err
	}
	return row.noun(), created, nil
}

func checkTrigger(g trigger.Trigger) error {
	return cmp.Or(
		checkName(g.Name),
		checkText("title", g.Title),
		checkText("kind", g.Kind),
		checkText("paused_reason", g.PausedReason),
		checkStatus(cmp.Or(g.Status, trigger.Active)),
		checkEnvironments(g.Environments),
		checkLabels(g.Labels),
	)
}

// target finds the graph that the trigger names, and holds it so that it
// cannot be deleted before the trigger is stored.
func (t Tenant) target(tx *gorm.DB, g trigger.Trigger) (graphRow, error) {
	ref := g.Graph
	if g.GraphID != uuid.Nil {
		ref = g.GraphID.String()
	}
	row, err := t.graph(tx.Clauses(forShare("graphs")), ref)
	if errors.Is(err, fault.NotFound) {
		return row, invalid("graph", fault.Of(err).Message)
	}
	if err != nil || g.Build == 0 {
		return row, err
	}
	_, err = t.build(tx, row.ID, g.Build)
	if errors.Is(err, fault.NotFound) {
		return row, invalid("build", fault.Of(err).Message)
	}
	return row, err
}

func (s *Store) newTrigger(ws uuid.UUID, g trigger.Trigger, target graphRow) triggerRow {
	now := s.stamp()
	config := g.Config
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	labels := g.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return triggerRow{
		ID: newID(), WorkspaceID: ws, Name: g.Name, Title: g.Title, Kind: g.Kind,
		GraphID: target.ID, Graph: target.Name, Build: g.Build,
		Environments: document[[]string]{append([]string{}, g.Environments...)},
		Status:       cmp.Or(g.Status, trigger.Active), PausedReason: g.PausedReason,
		Config: document[json.RawMessage]{config}, Policies: document[trigger.Policies]{g.Policies},
		Labels: document[map[string]string]{labels}, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// replace lets the old row say what the new one says, one revision later. A
// status of "" leaves the old one as it is, and when both rows say the same
// nothing is written.
func (t Tenant) replace(tx *gorm.DB, old, row triggerRow, status trigger.Status) (triggerRow, error) {
	reason := row.PausedReason
	row.ID, row.Name, row.Revision, row.CreatedAt = old.ID, old.Name, old.Revision, old.CreatedAt
	row.Status, row.PausedReason, row.ArchivedFrom = old.Status, old.PausedReason, old.ArchivedFrom
	row = row.in(cmp.Or(status, old.Status), reason)
	same, err := sameTrigger(old, row)
	if err != nil || same {
		t.mark.Settle()
		return old, err
	}
	t.mark.Changed(row.object(), old.audited(), row.audited())
	row.Revision++
	return row, t.save(tx, old, row)
}

// save writes everything of a trigger that can change, and lets its schedule
// follow.
func (t Tenant) save(tx *gorm.DB, old, row triggerRow) error {
	err := t.rows(tx, "triggers").Where("id = ?", row.ID).Updates(map[string]any{
		"title": row.Title, "kind": row.Kind, "graph_id": row.GraphID, "build": row.Build,
		"environments": row.Environments, "status": row.Status, "paused_reason": row.PausedReason, "archived_from": row.ArchivedFrom,
		"config": row.Config, "policies": row.Policies, "labels": row.Labels,
		"revision": row.Revision, "updated_at": row.UpdatedAt,
	}).Error
	if err != nil {
		return err
	}
	return t.keepUp(tx, &old, row)
}

func sameTrigger(a, b triggerRow) (bool, error) {
	a.UpdatedAt, b.UpdatedAt = stamp{}, stamp{}
	left, err := canonical(a)
	if err != nil {
		return false, err
	}
	right, err := canonical(b)
	return bytes.Equal(left, right), err
}
