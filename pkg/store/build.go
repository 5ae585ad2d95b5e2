package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/graph"
)

type buildRow struct {
	WorkspaceID uuid.UUID
	GraphID     uuid.UUID
	Number      int
	Checksum    string
	Definition  document[graph.Graph]
	CreatedAt   stamp
	CreatedBy   string
}

func (buildRow) TableName() string { return "builds" }

func (r buildRow) place() string { return strconv.Itoa(r.Number) }

func (r buildRow) noun() graph.Build {
	return graph.Build{
		Graph:      r.Definition.V.Name,
		Number:     r.Number,
		Checksum:   r.Checksum,
		CreatedAt:  r.CreatedAt.Time,
		CreatedBy:  r.CreatedBy,
		Definition: r.Definition.V,
	}
}

// checksum tells definitions apart by what they say, not by how they are
// written.
func checksum(g graph.Graph) (string, error) {
	text, err := canonical(g)
	if err != nil {
		return "", fmt.Errorf("write the definition of graph %s: %w", g.Name, err)
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Freeze makes the next build of a graph's draft. A draft that is the same as
// the newest build makes none: that build is returned, and fresh is false. The
// graph's row is locked meanwhile, so numbers ascend without gaps.
func (t Tenant) Freeze(ctx context.Context, ref, by string) (b graph.Build, fresh bool, err error) {
	if err := checkText("created_by", by); err != nil {
		return graph.Build{}, false, err
	}
	var row buildRow
	err = t.atomically(ctx, func(tx *gorm.DB) error {
		draft, err := t.graph(tx.Clauses(forUpdate("graphs")), ref)
		if err != nil {
			return err
		}
		err = t.rows(tx, "builds").Where("graph_id = ?", draft.ID).Order("number desc").Take(&row).Error
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		if row.Checksum == draft.Checksum {
			t.mark.Settle()
			return nil
		}
		fresh = true
		row = buildRow{
			WorkspaceID: t.ws, GraphID: draft.ID, Number: row.Number + 1, Checksum: draft.Checksum,
			Definition: draft.Definition, CreatedAt: t.s.stamp(), CreatedBy: by,
		}
		t.mark.Changed(fmt.Sprintf("%s/build/%d", draft.object(), row.Number), nil, audit.Fields{"checksum": row.Checksum})
		return tx.Create(&row).Error
	})
	if err != nil {
		return graph.Build{}, false, err
	}
	return row.noun(), fresh, nil
}

// Build finds one build of a graph.
func (t Tenant) Build(ctx context.Context, ref string, number int) (graph.Build, error) {
	draft, err := t.graph(t.db(ctx), ref)
	if err != nil {
		return graph.Build{}, translate(err)
	}
	row, err := t.build(t.db(ctx), draft.ID, number)
	return row.noun(), translate(err)
}

func (t Tenant) build(tx *gorm.DB, graphID uuid.UUID, number int) (row buildRow, err error) {
	if number < 1 || number > math.MaxInt32 {
		return row, notFound(gorm.ErrRecordNotFound, "build", strconv.Itoa(number))
	}
	err = t.rows(tx, "builds").Where("graph_id = ? and number = ?", graphID, number).Take(&row).Error
	return row, notFound(err, "build", strconv.Itoa(number))
}

// Builds lists a graph's builds, newest first.
func (t Tenant) Builds(ctx context.Context, ref string, p Page) ([]graph.Build, string, error) {
	draft, err := t.graph(t.db(ctx), ref)
	if err != nil {
		return nil, "", translate(err)
	}
	query := t.rows(t.db(ctx), "builds").Where("graph_id = ?", draft.ID)
	rows, next, err := newest[buildRow](t, "builds of "+draft.ID.String(), "builds.number", p, query)
	return nouns(rows, buildRow.noun), next, err
}
