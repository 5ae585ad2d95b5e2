package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// KeepDelivery keeps a delivery that starts no run, with its outcome.
func (t Tenant) KeepDelivery(ctx context.Context, d trigger.Delivery) error {
	item, err := newDelivering(t.ws, d)
	if err != nil {
		return err
	}
	_, err = t.s.flush.deliver.do(ctx, item)
	return err
}

// insertDeliveries keeps deliveries. What became of one that asked for a run is
// read off the tables, in the transaction that decided it: the run is there, or
// another one owns its key, or neither.
const insertDeliveries = `
insert into deliveries (` + deliveryColumns + `, body)
select d.id, d.w, d.trigger, d.environment, d.surface, d.source, d.received_at, d.method, d.header::jsonb, d.query::jsonb, d.size,
  d.event, d.subject, d.actor,
  case when d.outcome <> '' then d.outcome when r.id is not null then 'started' when i.run_id is not null then 'duplicate' else 'refused' end,
  case when d.outcome <> '' then d.code when r.id is null and i.run_id is null then 'queue_full' else '' end,
  case when d.outcome <> '' then d.reason when r.id is null and i.run_id is null then 'too many runs of the workspace are pending' else '' end,
  d.stages::jsonb, case when d.outcome = '' then coalesce(r.id, i.run_id) end, d.replay_of, d.keep_until, d.body
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[], $10::text[],
            $11::int[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::uuid[], $20::timestamptz[],
            $21::bytea[], $22::uuid[], $23::text[], $24::text[])
  as d (id, w, trigger, environment, surface, source, received_at, method, header, query,
        size, event, subject, actor, outcome, code, reason, stages, replay_of, keep_until,
        body, run, scope, key)
left join lateral (select r.id from runs r where r.id = d.run and r.workspace_id = d.w offset 0) r on true
left join lateral (
  select i.run_id from idempotency_keys i where i.workspace_id = d.w and i.scope = d.scope and i.key = d.key and d.key <> '' offset 0) i on true`

const insertBodies = `
insert into delivery_bodies (delivery_id, workspace_id, body) select * from unnest($1::uuid[], $2::uuid[], $3::bytea[])`

// delivered is a delivery beside the start that it asks for, which is empty when it
// asks for none.
type delivered struct {
	*delivering
	start starting
}

// deliveries are those of the starts that have one.
func deliveries(items []starting) (all []delivered) {
	for _, s := range items {
		if s.delivery != nil {
			all = append(all, delivered{s.delivery, s})
		}
	}
	return all
}

// keepDeliveries lets a pipeline end with the deliveries that it was about.
func keepDeliveries(pipe *pgx.Batch, items []delivered) {
	if len(items) == 0 {
		return
	}
	pipe.Queue(insertDeliveries, deliveryValues(items)...)
	var apart []delivered
	for _, d := range items {
		if d.apart() {
			apart = append(apart, d)
		}
	}
	if len(apart) > 0 {
		pipe.Queue(insertBodies,
			column(apart, func(d delivered) uuid.UUID { return d.ID }),
			column(apart, func(d delivered) uuid.UUID { return d.workspace }),
			column(apart, func(d delivered) []byte { return d.Body }))
	}
}

func deliveryValues(items []delivered) []any {
	return []any{
		column(items, func(d delivered) uuid.UUID { return d.ID }),
		column(items, func(d delivered) uuid.UUID { return d.workspace }),
		column(items, func(d delivered) uuid.UUID { return d.Trigger }),
		column(items, func(d delivered) string { return d.Environment }),
		column(items, func(d delivered) string { return d.Surface }),
		column(items, func(d delivered) string { return d.Source }),
		column(items, func(d delivered) time.Time { return d.ReceivedAt }),
		column(items, func(d delivered) string { return d.Method }),
		column(items, func(d delivered) string { return d.header }),
		column(items, func(d delivered) string { return d.query }),
		column(items, func(d delivered) int { return d.Size }),
		column(items, func(d delivered) string { return d.Event }),
		column(items, func(d delivered) string { return d.Subject }),
		column(items, func(d delivered) string { return d.Actor }),
		column(items, func(d delivered) string { return string(d.Outcome) }),
		column(items, func(d delivered) string { return d.Code }),
		column(items, func(d delivered) string { return d.Reason }),
		column(items, func(d delivered) string { return d.stages }),
		column(items, func(d delivered) *uuid.UUID { return optional(d.ReplayOf) }),
		column(items, func(d delivered) time.Time { return d.KeepUntil }),
		column(items, func(d delivered) []byte { return d.inplace() }),
		column(items, func(d delivered) *uuid.UUID { return optional(d.start.Run.ID) }),
		column(items, func(d delivered) string { return d.start.IdempotencyScope }),
		column(items, func(d delivered) string { return d.start.IdempotencyKey }),
	}
}

// deliver is one statement and what is kept apart.
func (b batched) deliver(ctx context.Context, items []*delivering) ([]answer[none], error) {
	all := make([]delivered, len(items))
	for i, d := range items {
		all[i] = delivered{d, starting{&startRow{}}}
	}
	var pipe pgx.Batch
	keepDeliveries(&pipe, all)
	if err := b.hot.SendBatch(ctx, &pipe).Close(); err != nil {
		return nil, fmt.Errorf("keep %d deliveries: %w", len(items), err)
	}
	return make([]answer[none], len(items)), nil
}

// deliver keeps deliveries one after the other.
func (p plain) deliver(ctx context.Context, items []*delivering) ([]answer[none], error) {
	err := p.s.change(ctx, func(c *change) error {
		for _, d := range items {
			if err := c.keepDelivery(ctx, *d); err != nil {
				return err
			}
		}
		return nil
	})
	return make([]answer[none], len(items)), err
}

// after is the delivery with what became of its start.
func (d delivering) after(a answer[run.Accepted]) delivering {
	switch {
	case a.err != nil:
		d.Outcome, d.Code, d.Reason = trigger.DeliveryRefused, string(fault.Of(a.err).Code), "too many runs of the workspace are pending"
	case a.value.Fresh:
		d.Outcome, d.Run = trigger.DeliveryStarted, a.value.Run
	default:
		d.Outcome, d.Run = trigger.DeliveryDuplicate, a.value.Run
	}
	return d
}

func (c *change) keepDelivery(ctx context.Context, d delivering) error {
	_, err := c.ExecContext(ctx, `insert into deliveries (`+deliveryColumns+`, body)
 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		d.ID, d.workspace, d.Trigger, d.Environment, d.Surface, d.Source, stampOf(d.ReceivedAt), d.Method, d.header, d.query, d.Size,
		d.Event, d.Subject, d.Actor, string(d.Outcome), d.Code, d.Reason, d.stages, optional(d.Run), optional(d.ReplayOf), stampOf(d.KeepUntil), d.inplace())
	if err != nil || !d.apart() {
		return err
	}
	_, err = c.ExecContext(ctx, `insert into delivery_bodies (delivery_id, workspace_id, body) values ($1, $2, $3)`, d.ID, d.workspace, d.Body)
	return err
}
