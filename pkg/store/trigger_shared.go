package store

import (
	"context"

	"github.com/onsethq/onset/pkg/trigger"
)

// SharingTriggers are the names of the other triggers that start the same graph
// and are not archived, in their order, at most so many.
func (t Tenant) SharingTriggers(ctx context.Context, g trigger.Trigger, most int) (names []string, err error) {
	err = t.rows(t.db(ctx), "triggers").Where(listed).
		Where("deleted_at is null and graph_id = ? and id <> ? and status <> ?", g.GraphID, g.ID, trigger.Archived).
		Order("name").Limit(most).Pluck("name", &names).Error
	return names, translate(err)
}
