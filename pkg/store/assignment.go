package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/fault"
)

// Assignment says which build of a graph an environment runs.
type Assignment struct {
	Environment string
	Graph       string // its name
	GraphID     uuid.UUID
	Build       int
	UpdatedAt   time.Time
}

type assignmentRow struct {
	WorkspaceID uuid.UUID
	Environment string
	GraphID     uuid.UUID
	Graph       string `gorm:"->"` // the graph's name, joined
	Build       int
	UpdatedAt   stamp
}

func (assignmentRow) TableName() string { return "assignments" }

func (r assignmentRow) place() string { return r.GraphID.String() }

func (r assignmentRow) noun() Assignment {
	return Assignment{Environment: r.Environment, Graph: r.Graph, GraphID: r.GraphID, Build: r.Build, UpdatedAt: r.UpdatedAt.Time}
}

// Assign makes the build the one that the environment runs from now on, and
// notes who did so. Runs that were accepted before keep theirs. The build that
// stands already changes nothing.
func (t Tenant) Assign(ctx context.Context, environment, graphRef string, number int, by string) (Assignment, error) {
	if err := checkEnvironment(environment); err != nil {
		return Assignment{}, err
	}
	var row assignmentRow
	err := t.atomically(ctx, func(tx *gorm.DB) error {
		if err := t.hold(tx); err != nil {
			return err
		}
		draft, err := t.graph(tx, graphRef)
		if err != nil {
			return err
		}
		if _, err := t.build(tx, draft.ID, number); err != nil {
			return err
		}
		standing, err := t.standing(tx, environment, draft.ID)
		if err != nil {
			return err
		}
		if standing == number {
			t.mark.Settle()
		} else {
			change := BuildChange{GraphID: draft.ID, Graph: draft.Name, From: standing, To: number}
			_, err = t.record(tx, Promotion{Environment: environment, Kind: ByHand, CreatedBy: by, Changes: []BuildChange{change}})
			if err != nil {
				return err
			}
		}
		return t.assignments(tx, environment).Where("assignments.graph_id = ?", draft.ID).Take(&row).Error
	})
	return row.noun(), err
}

// hold keeps everybody else in the workspace from changing what its
// environments run until the transaction ends.
func (t Tenant) hold(tx *gorm.DB) error {
	var row workspaceRow
	found := tx.Clauses(forUpdate("workspaces")).Where("id = ?", t.ws).Take(&row).Error
	return notFound(found, "workspace", t.ws.String())
}

// standing is the build that the environment runs, 0 for none.
func (t Tenant) standing(tx *gorm.DB, environment string, graphID uuid.UUID) (int, error) {
	var builds []int
	err := t.rows(tx, "assignments").Where("environment = ? and graph_id = ?", environment, graphID).Pluck("build", &builds).Error
	if err != nil || len(builds) == 0 {
		return 0, err
	}
	return builds[0], nil
}

// stand makes a build stand, or with 0 none.
func (t Tenant) stand(tx *gorm.DB, environment string, graphID uuid.UUID, number int) error {
	if number == 0 {
		return t.rows(tx, "assignments").Where("environment = ? and graph_id = ?", environment, graphID).Delete(&assignmentRow{}).Error
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "workspace_id"}, {Name: "environment"}, {Name: "graph_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"build", "updated_at"}),
	}).Create(&assignmentRow{
		WorkspaceID: t.ws, Environment: environment, GraphID: graphID, Build: number, UpdatedAt: t.s.stamp(),
	}).Error
}

// assignments are those of an environment, each with its graph's name; graphs
// that were deleted are left out.
func (t Tenant) assignments(tx *gorm.DB, environment string) *gorm.DB {
	return t.rows(tx, "assignments").
		Select("assignments.workspace_id, assignments.environment, assignments.graph_id, assignments.build, assignments.updated_at, graphs.name as graph").
		Joins("join graphs on graphs.workspace_id = assignments.workspace_id and graphs.id = assignments.graph_id and graphs.deleted_at is null").
		Where("assignments.environment = ?", environment)
}

// Assignment is the build that the environment runs; with none it is
// fault.NoBuild.
func (t Tenant) Assignment(ctx context.Context, environment, graphRef string) (Assignment, error) {
	if err := checkEnvironment(environment); err != nil {
		return Assignment{}, err
	}
	draft, err := t.graph(t.db(ctx), graphRef)
	if err != nil {
		return Assignment{}, translate(err)
	}
	var rows []assignmentRow
	err = t.assignments(t.db(ctx), environment).Where("assignments.graph_id = ?", draft.ID).Find(&rows).Error
	if err != nil {
		return Assignment{}, translate(err)
	}
	if len(rows) == 0 {
		return Assignment{}, fault.New(fault.NoBuild, "no build of graph %q is assigned to %s", draft.Name, environment)
	}
	return rows[0].noun(), nil
}

// Assignments lists what an environment runs, the newest graph first.
func (t Tenant) Assignments(ctx context.Context, environment string, p Page) ([]Assignment, string, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, "", err
	}
	rows, next, err := newest[assignmentRow](t, "assignments of "+environment, "assignments.graph_id", p, t.assignments(t.db(ctx), environment))
	return nouns(rows, assignmentRow.noun), next, err
}

// Standing is everything that an environment runs, by the id of the graph.
func (t Tenant) Standing(ctx context.Context, environment string) (map[uuid.UUID]Assignment, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, err
	}
	var rows []assignmentRow
	if err := t.assignments(t.db(ctx), environment).Find(&rows).Error; err != nil {
		return nil, translate(err)
	}
	all := make(map[uuid.UUID]Assignment, len(rows))
	for _, r := range rows {
		all[r.GraphID] = r.noun()
	}
	return all, nil
}
