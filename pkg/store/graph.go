package store

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
)

// StoredGraph is a graph's draft as it is kept. Runs never use it: they use the
// builds that Freeze makes of it.
type StoredGraph struct {
	ID         uuid.UUID
	Name       string
	Title      string
	Definition graph.Graph
	Checksum   string
	Revision   int
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

type graphRow struct {
	ID          uuid.UUID
	WorkspaceID uuid.UUID
	Name        string
	Title       string
	Definition  document[graph.Graph]
	Checksum    string
	Revision    int
	CreatedAt   stamp
	UpdatedAt   stamp
	DeletedAt   *stamp
}

func (graphRow) TableName() string { return "graphs" }

func (r graphRow) place() string { return r.ID.String() }
func (r graphRow) revision() int { return r.Revision }

func (r graphRow) object() string { return "graph/" + r.Name }

// audited is what the audit log says of a draft.
func (r graphRow) audited() audit.Fields {
	return audit.Fields{"title": r.Title, "checksum": r.Checksum}
}

func (r graphRow) noun() StoredGraph {
	return StoredGraph{
		ID:         r.ID,
		Name:       r.Name,
		Title:      r.Title,
		Definition: r.Definition.V,
		Checksum:   r.Checksum,
		Revision:   r.Revision,
		CreatedAt:  r.CreatedAt.Time,
		UpdatedAt:  r.UpdatedAt.Time,
	}
}

// PutGraph creates the graph or replaces its draft. With ifRevision the draft
// must be at that revision, 0 meaning that it must not exist yet; else
// fault.RevisionMismatch. The same definition again changes nothing, not even
// the revision.
func (t Tenant) PutGraph(ctx context.Context, g graph.Graph, ifRevision *int) (stored StoredGraph, created bool, err error) {
	if err := cmp.Or(checkName(g.Name), checkText("title", g.Title)); err != nil {
		return StoredGraph{}, false, err
	}
	sum, err := checksum(g)
	if err != nil {
		return StoredGraph{}, false, err
	}
	now := t.s.stamp()
	row := graphRow{
		ID: newID(), WorkspaceID: t.ws, Name: g.Name, Title: g.Title, Definition: document[graph.Graph]{g},
		Checksum: sum, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	err = t.atomically(ctx, func(tx *gorm.DB) error {
		old, err := insertOrLock(tx, &row, ifRevision, func(tx *gorm.DB) (graphRow, error) {
			return t.graph(tx.Clauses(forUpdate("graphs")), g.Name)
		})
		switch {
		case err != nil:
			return err
		case old == nil:
			created = true
			t.mark.Changed(row.object(), nil, row.audited())
			return nil
		case old.Checksum == sum:
			row = *old
			t.mark.Settle()
			return nil
		}
		t.mark.Changed(row.object(), old.audited(), row.audited())
		row.ID, row.Revision, row.CreatedAt = old.ID, old.Revision+1, old.CreatedAt
		return t.rows(tx, "graphs").Where("id = ?", row.ID).Updates(map[string]any{
			"title": row.Title, "definition": row.Definition, "checksum": row.Checksum,
			"revision": row.Revision, "updated_at": row.UpdatedAt,
		}).Error
	})
	if err != nil {
		return StoredGraph{}, false, err
	}
	return row.noun(), created, nil
}

// Graph finds a graph by id or name.
func (t Tenant) Graph(ctx context.Context, ref string) (StoredGraph, error) {
	row, err := t.graph(t.db(ctx), ref)
	return row.noun(), translate(err)
}

func (t Tenant) graph(tx *gorm.DB, ref string) (row graphRow, err error) {
	err = t.rows(tx, "graphs").Where("graphs.deleted_at is null").Where(meant("graphs", ref)).Take(&row).Error
	return row, notFound(err, "graph", ref)
}

// GraphFilter narrows a list of graphs; empty fields do not.
type GraphFilter struct {
	Search string // a part of the name or title, whatever the case
}

// Graphs lists the workspace's graphs, newest first.
func (t Tenant) Graphs(ctx context.Context, p Page, f GraphFilter) ([]StoredGraph, string, error) {
	if err := checkText("search", f.Search); err != nil {
		return nil, "", err
	}
	query := t.rows(t.db(ctx), "graphs").Where("graphs.deleted_at is null")
	if f.Search != "" {
		query = query.Where(alike("graphs", f.Search))
	}
	rows, next, err := newest[graphRow](t, "graphs", "graphs.id", p, query)
	return nouns(rows, graphRow.noun), next, err
}

// DeleteGraph takes a graph out of sight and frees its name; its builds stay
// for the runs that use them. While triggers start it, it is fault.Conflict
// with their names.
func (t Tenant) DeleteGraph(ctx context.Context, ref string) error {
	return t.atomically(ctx, func(tx *gorm.DB) error {
		row, err := t.graph(tx.Clauses(forUpdate("graphs")), ref)
		if err != nil {
			return err
		}
		var starts []string
		err = t.rows(tx, "triggers").Where("graph_id = ? and deleted_at is null", row.ID).Order("name").
			Limit(maxNamed+1).Pluck("name", &starts).Error
		if err != nil {
			return err
		}
		if len(starts) > 0 {
			return fault.New(fault.Conflict, "graph %q is started by %s: delete them or let them start another graph first", row.Name, list(starts))
		}
		t.mark.Changed(row.object(), row.audited(), nil)
		return t.rows(tx, "graphs").Where("id = ?", row.ID).Update("deleted_at", t.s.stamp()).Error
	})
}

// maxNamed is how many things one sentence names.
const maxNamed = 10

// list names triggers in a sentence.
func list(names []string) string {
	more := ""
	if len(names) > maxNamed {
		names, more = names[:maxNamed], " and others"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	noun := "triggers "
	if len(names) == 1 {
		noun = "trigger "
	}
	return noun + strings.Join(quoted, ", ") + more
}
