package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/fault"
)

type assignmentRow struct {
	WorkspaceID uuid.UUID
	Environment string
	GraphID     uuid.UUID
	Build       int
	UpdatedAt   stamp
}

func (assignmentRow) TableName() string { return "assignments" }

// Assign makes the build the one that the environment runs from now on. Runs
// that were accepted before keep theirs.
func (t Tenant) Assign(ctx context.Context, environment, graphRef string, number int) error {
	if err := checkEnvironment(environment); err != nil {
		return err
	}
	return t.s.atomically(ctx, func(tx *gorm.DB) error {
		draft, err := t.graph(tx, graphRef)
		if err != nil {
			return err
		}
		if _, err := t.build(tx, draft.ID, number); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "workspace_id"}, {Name: "environment"}, {Name: "graph_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"build", "updated_at"}),
		}).Create(&assignmentRow{
			WorkspaceID: t.ws, Environment: environment, GraphID: draft.ID, Build: number, UpdatedAt: t.s.stamp(),
		}).Error
	})
}

// Assignment is the number of the build that the environment runs; with none
// it is fault.NoBuild.
func (t Tenant) Assignment(ctx context.Context, environment, graphRef string) (int, error) {
	if err := checkEnvironment(environment); err != nil {
		return 0, err
	}
	draft, err := t.graph(t.db(ctx), graphRef)
	if err != nil {
		return 0, translate(err)
	}
	var builds []int
	err = t.rows(t.db(ctx), "assignments").Where("environment = ? and graph_id = ?", environment, draft.ID).
		Pluck("build", &builds).Error
	if err != nil {
		return 0, translate(err)
	}
	if len(builds) == 0 {
		return 0, fault.New(fault.NoBuild, "no build of graph %q is assigned to %s", draft.Name, environment)
	}
	return builds[0], nil
}
