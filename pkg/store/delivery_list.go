package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// DeliveryFilter narrows a list of deliveries; empty fields do not.
type DeliveryFilter struct {
	Trigger      uuid.UUID
	Environments []string
	Outcomes     []trigger.Outcome
	Code         string
	Event        string
	Subject      string
	Run          uuid.UUID
	ReplayOf     uuid.UUID
	Originals    bool       // not those that a person sent again
	Since        *time.Time // received at or after
	Until        *time.Time // received before
}

func (f DeliveryFilter) on(query *gorm.DB) *gorm.DB {
	for _, c := range []struct {
		given     bool
		condition string
		value     any
	}{
		{f.Trigger != uuid.Nil, "trigger_id = ?", f.Trigger},
		{len(f.Environments) > 0, "environment in ?", f.Environments},
		{len(f.Outcomes) > 0, "outcome in ?", f.Outcomes},
		{f.Code != "", "code = ?", f.Code},
		{f.Event != "", "event = ?", f.Event},
		{f.Subject != "", "subject = ?", f.Subject},
		{f.Run != uuid.Nil, "run_id = ?", f.Run},
		{f.ReplayOf != uuid.Nil, "replay_of = ?", f.ReplayOf},
	} {
		if c.given {
			query = query.Where(c.condition, c.value)
		}
	}
	if f.Originals {
		query = query.Where("replay_of is null")
	}
	// Ids begin with the moment of arrival, and the lists are in their order.
	if f.Since != nil {
		query = query.Where("id >= ?", firstID(stampOf(*f.Since)))
	}
	if f.Until != nil {
		query = query.Where("id < ?", firstID(stampOf(*f.Until)))
	}
	return query
}

// Deliveries lists what arrived at the workspace's webhooks, the newest first,
// without bodies.
func (t Tenant) Deliveries(ctx context.Context, f DeliveryFilter, p Page) ([]trigger.Delivery, string, error) {
	query := f.on(t.rows(t.db(ctx), "deliveries").Select(shownDelivery))
	rows, next, err := newest[deliveryRow](t, "deliveries", "id", p, query)
	return nouns(rows, deliveryRow.noun), next, err
}

// Delivery reads a delivery with its body. Fault: NotFound.
func (t Tenant) Delivery(ctx context.Context, id uuid.UUID) (trigger.Delivery, error) {
	var row struct {
		Delivery deliveryRow `gorm:"embedded"`
		Body     []byte
	}
	err := t.rows(t.db(ctx), "deliveries").Select(shownDelivery+`, coalesce(body,
 (select b.body from delivery_bodies b where b.workspace_id = deliveries.workspace_id and b.delivery_id = deliveries.id)) as body`).
		Where("id = ?", id).Take(&row).Error
	if err != nil {
		return trigger.Delivery{}, translate(notFound(err, "delivery", id.String()))
	}
	d := row.Delivery.noun()
	d.Body = row.Body
	return d, nil
}

// DeliveryCount is how many deliveries came to the same end.
type DeliveryCount struct {
	Outcome trigger.Outcome
	Code    string
	Count   int
	Last    time.Time
}

// DeliveryCounts counts the deliveries of a filter by what became of them, the
// most frequent first.
func (t Tenant) DeliveryCounts(ctx context.Context, f DeliveryFilter) ([]DeliveryCount, error) {
	var rows []struct {
		Outcome trigger.Outcome
		Code    string
		Count   int
		Last    stamp
	}
	err := f.on(t.rows(t.db(ctx), "deliveries").Select("outcome, code, count(*) as count, max(received_at) as last")).
		Group("outcome, code").Order("count desc, outcome, code").Find(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	all := make([]DeliveryCount, len(rows))
	for i, r := range rows {
		all[i] = DeliveryCount{r.Outcome, r.Code, r.Count, r.Last.Time}
	}
	return all, nil
}
