package store

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
)

// Promote makes all changes of p or none, and keeps what stood before. Each
// change must find what it was made for: where another build stands by now than
// its From it is fault.Conflict, so that what somebody looked at is what
// happens. A rollback also marks what it undoes; what was undone already is
// fault.Conflict.
func (t Tenant) Promote(ctx context.Context, p Promotion) (Promotion, error) {
	if err := cmp.Or(checkEnvironment(p.Environment), checkText("created_by", p.CreatedBy)); err != nil {
		return Promotion{}, err
	}
	err := t.atomically(ctx, func(tx *gorm.DB) (err error) {
		if err := t.hold(tx); err != nil {
			return err
		}
		for _, c := range p.Changes {
			if err := t.mayStand(tx, p.Environment, c); err != nil {
				return err
			}
		}
		if p, err = t.record(tx, p); err != nil || p.Undoes == nil {
			return err
		}
		return t.undo(tx, p)
	})
	if err != nil {
		return Promotion{}, err
	}
	return p, nil
}

// mayStand says why a change cannot be made, or nil.
func (t Tenant) mayStand(tx *gorm.DB, environment string, c BuildChange) error {
	if _, err := t.graph(tx.Clauses(forShare("graphs")), c.GraphID.String()); err != nil {
		return err
	}
	if c.To != 0 {
		if _, err := t.build(tx, c.GraphID, c.To); err != nil {
			return err
		}
	}
	standing, err := t.standing(tx, environment, c.GraphID)
	if err == nil && standing != c.From {
		err = fault.New(fault.Conflict, "the build of graph %q in %s has changed meanwhile: look again", c.Graph, environment)
	}
	return err
}

// record makes the changes stand and writes them down.
func (t Tenant) record(tx *gorm.DB, p Promotion) (Promotion, error) {
	row := promotionRow{
		ID: newID(), WorkspaceID: t.ws, Environment: p.Environment, Kind: p.Kind, Source: p.Source, Undoes: p.Undoes,
		CreatedAt: t.s.stamp(), CreatedBy: p.CreatedBy,
	}
	p.ID, p.CreatedAt = row.ID, row.CreatedAt.Time
	if err := tx.Create(&row).Error; err != nil {
		return p, err
	}
	t.mark.Settle() // when nothing changes
	for _, c := range p.Changes {
		object := "environment/" + p.Environment + "/assignment/" + c.Graph
		if err := t.altered(tx, object, audit.Fields{"build": c.From}, audit.Fields{"build": c.To}); err != nil {
			return p, err
		}
		if err := t.stand(tx, p.Environment, c.GraphID, c.To); err != nil {
			return p, err
		}
		change := buildChangeRow{PromotionID: p.ID, WorkspaceID: t.ws, GraphID: c.GraphID, FromBuild: c.From, ToBuild: c.To}
		if err := tx.Create(&change).Error; err != nil {
			return p, err
		}
	}
	return p, nil
}

// undo marks what a rollback took back. Taking a rollback back makes what that
// one undid stand again.
func (t Tenant) undo(tx *gorm.DB, rollback Promotion) error {
	var undone promotionRow
	err := t.rows(tx, "promotions").Where("environment = ? and id = ?", rollback.Environment, *rollback.Undoes).Take(&undone).Error
	if err := notFound(err, "promotion", rollback.Undoes.String()); err != nil {
		return err
	}
	if undone.UndoneBy != nil {
		return fault.New(fault.Conflict, "%s was rolled back already, by %s", undone.ID, undone.UndoneBy)
	}
	if undone.Undoes != nil {
		if err := t.markUndone(tx, *undone.Undoes, nil); err != nil {
			return err
		}
	}
	return t.markUndone(tx, undone.ID, &rollback.ID)
}

func (t Tenant) markUndone(tx *gorm.DB, id uuid.UUID, by *uuid.UUID) error {
	return t.rows(tx, "promotions").Where("id = ?", id).Update("undone_by", by).Error
}
