package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
)

// Promotion is one change of what an environment runs: everything in it
// happened at once.
type Promotion struct {
	ID          uuid.UUID
	Environment string
	Kind        PromotionKind
	// Source is the environment that the builds came from; empty unless it is
	// a promotion.
	Source string
	// Undoes is what a rollback took back; UndoneBy the rollback that took
	// this back.
	Undoes, UndoneBy *uuid.UUID
	CreatedAt        time.Time
	CreatedBy        string
	Changes          []BuildChange
}

// PromotionKind says how somebody changed what an environment runs.
type PromotionKind string

const (
	ByHand     PromotionKind = "assignment"
	Promoted   PromotionKind = "promotion"
	RolledBack PromotionKind = "rollback"
)

// BuildChange is what became of one graph: From stood before, To stands since.
// 0 is no build.
type BuildChange struct {
	GraphID  uuid.UUID
	Graph    string // its name
	From, To int
	// Gone says that the graph was deleted since.
	Gone bool
}

type promotionRow struct {
	ID          uuid.UUID
	WorkspaceID uuid.UUID
	Environment string
	Kind        PromotionKind
	Source      string
	Undoes      *uuid.UUID
	UndoneBy    *uuid.UUID
	CreatedAt   stamp
	CreatedBy   string
}

func (promotionRow) TableName() string { return "promotions" }

func (r promotionRow) place() string { return r.ID.String() }

func (r promotionRow) noun() Promotion {
	return Promotion{
		ID: r.ID, Environment: r.Environment, Kind: r.Kind, Source: r.Source, Undoes: r.Undoes, UndoneBy: r.UndoneBy,
		CreatedAt: r.CreatedAt.Time, CreatedBy: r.CreatedBy,
	}
}

type buildChangeRow struct {
	PromotionID uuid.UUID
	WorkspaceID uuid.UUID
	GraphID     uuid.UUID
	Graph       string `gorm:"->"` // the graph's name, joined
	Gone        bool   `gorm:"->"`
	FromBuild   int
	ToBuild     int
}

func (buildChangeRow) TableName() string { return "promotion_changes" }

func (r buildChangeRow) noun() BuildChange {
	return BuildChange{GraphID: r.GraphID, Graph: r.Graph, From: r.FromBuild, To: r.ToBuild, Gone: r.Gone}
}

// Promotions lists the changes of what an environment runs, newest first; with
// the id or name of a graph, those of that graph.
func (t Tenant) Promotions(ctx context.Context, environment, graphRef string, p Page) ([]Promotion, string, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, "", err
	}
	query := t.rows(t.db(ctx), "promotions").Where("promotions.environment = ?", environment)
	if graphRef != "" {
		query = query.Where("promotions.id in (?)", t.rows(t.db(ctx), "promotion_changes").Select("promotion_changes.promotion_id").
			Joins("join graphs on graphs.workspace_id = promotion_changes.workspace_id and graphs.id = promotion_changes.graph_id").
			Where(meant("graphs", graphRef)))
	}
	rows, next, err := newest[promotionRow](t, "promotions of "+environment, "promotions.id", p, query)
	if err != nil {
		return nil, "", err
	}
	all, err := t.withChanges(t.db(ctx), rows)
	return all, next, translate(err)
}

// Promotion finds one change by its id.
func (t Tenant) Promotion(ctx context.Context, environment string, id uuid.UUID) (Promotion, error) {
	if err := checkEnvironment(environment); err != nil {
		return Promotion{}, err
	}
	var rows []promotionRow
	err := t.rows(t.db(ctx), "promotions").Where("environment = ? and id = ?", environment, id).Find(&rows).Error
	return t.first(ctx, rows, err, id.String())
}

// LastStanding is the change that a rollback takes back when it is told
// nothing: the newest that is itself no rollback and was not taken back. So
// rolling back again goes one step further. With nothing left it is
// fault.Conflict.
func (t Tenant) LastStanding(ctx context.Context, environment string) (Promotion, error) {
	if err := checkEnvironment(environment); err != nil {
		return Promotion{}, err
	}
	var rows []promotionRow
	err := t.rows(t.db(ctx), "promotions").Where("environment = ? and kind <> ? and undone_by is null", environment, RolledBack).
		Order("id desc").Limit(1).Find(&rows).Error
	if err == nil && len(rows) == 0 {
		return Promotion{}, fault.New(fault.Conflict, "nothing in %s is left to roll back", environment)
	}
	return t.first(ctx, rows, err, "")
}

func (t Tenant) first(ctx context.Context, rows []promotionRow, err error, ref string) (Promotion, error) {
	if err == nil && len(rows) == 0 {
		err = notFound(gorm.ErrRecordNotFound, "promotion", ref)
	}
	if err != nil {
		return Promotion{}, translate(err)
	}
	all, err := t.withChanges(t.db(ctx), rows)
	if err != nil {
		return Promotion{}, translate(err)
	}
	return all[0], nil
}

// withChanges reads what became of the graphs in each of the rows.
func (t Tenant) withChanges(tx *gorm.DB, rows []promotionRow) ([]Promotion, error) {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var changes []buildChangeRow
	err := t.rows(tx, "promotion_changes").
		Select("promotion_changes.promotion_id, promotion_changes.workspace_id, promotion_changes.graph_id, promotion_changes.from_build,"+
			" promotion_changes.to_build, graphs.name as graph, graphs.deleted_at is not null as gone").
		Joins("join graphs on graphs.workspace_id = promotion_changes.workspace_id and graphs.id = promotion_changes.graph_id").
		Where("promotion_changes.promotion_id in ?", ids).Order("graphs.name, graphs.id").Find(&changes).Error
	if err != nil {
		return nil, err
	}
	of := map[uuid.UUID][]BuildChange{}
	for _, c := range changes {
		of[c.PromotionID] = append(of[c.PromotionID], c.noun())
	}
	all := nouns(rows, promotionRow.noun)
	for i := range all {
		all[i].Changes = of[all[i].ID]
	}
	return all, nil
}
