package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// LoggedDelivery is a delivery with what a reader of the log needs of its
// trigger and its run.
type LoggedDelivery struct {
	// Body is there when it is small.
	trigger.Delivery
	// TriggerName is the name of its trigger, also of one that is deleted.
	TriggerName string
	// Thread is that of its run; the zero id when there is none, or none any more.
	Thread uuid.UUID
}

// Span is a stretch of a list: so many from there, by the moment of arrival.
type Span struct {
	Offset, Limit int
	OldestFirst   bool
}

// DeliveryLog lists deliveries by their place in the list, and says how many
// there are. A text finds what it stands in: the event, the subject, the reason,
// the trigger's name.
func (t Tenant) DeliveryLog(ctx context.Context, f DeliveryFilter, text string, s Span) (page []LoggedDelivery, total int, err error) {
	query := f.on(t.rows(t.db(ctx), "deliveries"))
	if text != "" {
		query = query.Where(`(lower(event) like lower(@text) escape '\' or lower(subject) like lower(@text) escape '\' or lower(reason) like lower(@text) escape '\'
 or exists (select 1 from triggers g where g.workspace_id = deliveries.workspace_id and g.id = deliveries.trigger_id and lower(g.name) like lower(@text) escape '\'))`,
			map[string]any{"text": "%" + literal.Replace(text) + "%"})
	}
	var all int64
	if err := query.Count(&all).Error; err != nil {
		return nil, 0, translate(err)
	}
	order := "id desc"
	if s.OldestFirst {
		order = "id"
	}
	var rows []struct {
		Delivery    deliveryRow `gorm:"embedded"`
		Body        []byte
		TriggerName *string
		Thread      *uuid.UUID
	}
	err = query.Select(deliveryColumns + `, case when outcome <> 'rejected' then body end as body,
 (select g.name from triggers g where g.workspace_id = deliveries.workspace_id and g.id = deliveries.trigger_id) as trigger_name,
 (select r.thread_id from runs r where r.workspace_id = deliveries.workspace_id and r.id = deliveries.run_id) as thread`).
		Order(order).Offset(s.Offset).Limit(s.Limit).Find(&rows).Error
	if err != nil {
		return nil, 0, translate(err)
	}
	for _, r := range rows {
		d := LoggedDelivery{Delivery: r.Delivery.noun()}
		d.Body = r.Body
		if r.TriggerName != nil {
			d.TriggerName = *r.TriggerName
		}
		if r.Thread != nil {
			d.Thread = *r.Thread
		}
		page = append(page, d)
	}
	return page, int(all), nil
}
