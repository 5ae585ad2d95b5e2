package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// mostRejected is how many deliveries of a trigger are kept that were not
// verified: anybody who knows a URL can send them.
const mostRejected = 200

// KeepRejected keeps a delivery that was not verified, and lets go of the oldest
// of its trigger where there are too many.
func (t Tenant) KeepRejected(ctx context.Context, d trigger.Delivery) error {
	item, err := newDelivering(t.ws, d)
	if err != nil {
		return err
	}
	return t.s.change(ctx, func(c *change) error {
		if err := c.keepDelivery(ctx, *item); err != nil {
			return err
		}
		_, err := c.affect(ctx, `delete from deliveries where id in (
 select id from deliveries where trigger_id = $1 and outcome = 'rejected' order by id desc limit $2 offset $3)`, d.Trigger, mostRejected, mostRejected)
		return err
	})
}

// SubjectStarts counts the runs that deliveries about a subject have started
// since a moment, up to most. What a person sent again does not count.
func (t Tenant) SubjectStarts(ctx context.Context, of uuid.UUID, subject string, since time.Time, most int) (n int, err error) {
	err = t.db(ctx).Raw(`select count(*) from (
 select 1 from deliveries where workspace_id = ? and trigger_id = ? and subject = ? and id >= ? and outcome = 'started' and subject <> '' and replay_of is null limit ?) s`,
		t.ws, of, word(subject), firstID(stampOf(since)), most).Row().Scan(&n)
	return n, translate(err)
}
