package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// FireFilter narrows a list of fires; empty fields do not.
type FireFilter struct {
	Environments []string
	Disposition  trigger.Disposition
	Since        *time.Time // at or after
	Until        *time.Time // before
}

// Fires lists what became of a trigger's moments, the newest first.
func (t Tenant) Fires(ctx context.Context, of uuid.UUID, f FireFilter, p Page) ([]trigger.Fire, string, error) {
	query := t.rows(t.db(ctx), "fires").Select(fireColumns).Where("trigger_id = ?", of)
	if len(f.Environments) > 0 {
		query = query.Where("environment in ?", f.Environments)
	}
	if f.Disposition != "" {
		query = query.Where("disposition = ?", f.Disposition)
	}
	if f.Since != nil {
		query = query.Where("until_at >= ?", stampOf(*f.Since))
	}
	if f.Until != nil {
		query = query.Where("nominal_at < ?", stampOf(*f.Until))
	}
	rows, next, err := paged[fireRow](t, "fires", p, query.Order("nominal_at desc, environment desc"), firesBefore)
	return nouns(rows, fireRow.noun), next, err
}

func firesBefore(query *gorm.DB, place string) *gorm.DB {
	at, environment, _ := strings.Cut(place, "/")
	return query.Where("(nominal_at, environment) < (?, ?)", at, environment)
}

// FiresAt is what became of one moment of a trigger, by environment.
func (t Tenant) FiresAt(ctx context.Context, of uuid.UUID, at time.Time) ([]trigger.Fire, error) {
	var all []trigger.Fire
	for _, environment := range tenant.Environments {
		var rows []fireRow
		err := t.rows(t.db(ctx), "fires").Select(fireColumns).
			Where("trigger_id = ? and environment = ? and nominal_at <= ?", of, environment, stampOf(at)).
			Order("nominal_at desc").Limit(1).Find(&rows).Error
		if err != nil {
			return nil, translate(err)
		}
		for _, r := range rows {
			if !r.UntilAt.Before(at) {
				all = append(all, r.noun())
			}
		}
	}
	return all, nil
}

// Positions are where schedules stand, by the ids of their triggers.
func (t Tenant) Positions(ctx context.Context, triggers []uuid.UUID) (map[uuid.UUID]Position, error) {
	if len(triggers) == 0 {
		return nil, nil
	}
	found, err := t.rows(t.db(ctx), "schedules").Select(scheduleColumns).Where("trigger_id in ?", triggers).Rows()
	if err != nil {
		return nil, translate(err)
	}
	rows, err := collect(found, (*scheduleRow).fields)
	if err != nil {
		return nil, translate(err)
	}
	all := make(map[uuid.UUID]Position, len(rows))
	for _, r := range rows {
		all[r.TriggerID] = r.noun()
	}
	return all, nil
}
