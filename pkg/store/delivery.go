package store

import (
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// deliveryRow is a delivery without its body.
type deliveryRow struct {
	ID          uuid.UUID
	WorkspaceID uuid.UUID
	TriggerID   uuid.UUID
	Environment string
	Surface     string
	Source      string
	ReceivedAt  stamp
	Method      string
	Header      document[map[string][]string]
	Query       document[map[string][]string]
	Size        int
	Event       string
	Subject     string
	Actor       string
	Outcome     trigger.Outcome
	Code        string
	Reason      string
	Stages      document[[]trigger.Stage]
	RunID       *uuid.UUID
	ReplayOf    *uuid.UUID
	KeepUntil   stamp
	// TriggerName is there where it was read with shownDelivery.
	TriggerName string
}

func (deliveryRow) TableName() string { return "deliveries" }

func (r deliveryRow) place() string { return r.ID.String() }

const deliveryColumns = `id, workspace_id, trigger_id, environment, surface, source, received_at, method, header, query, size,
 event, subject, actor, outcome, code, reason, stages, run_id, replay_of, keep_until`

// shownDelivery reads deliveryColumns with the name of the trigger.
const shownDelivery = deliveryColumns + `,
 (select t.name from triggers t where t.workspace_id = deliveries.workspace_id and t.id = deliveries.trigger_id) as trigger_name`

func (r deliveryRow) noun() trigger.Delivery {
	d := trigger.Delivery{
		ID: r.ID, Trigger: r.TriggerID, TriggerName: r.TriggerName, Environment: r.Environment, Surface: r.Surface, Source: r.Source,
		ReceivedAt: r.ReceivedAt.Time, Method: r.Method, Header: r.Header.V, Query: r.Query.V, Size: r.Size,
		Event: r.Event, Subject: r.Subject, Actor: r.Actor, Outcome: r.Outcome, Code: r.Code, Reason: r.Reason, Stages: r.Stages.V,
		KeepUntil: r.KeepUntil.Time,
	}
	if r.RunID != nil {
		d.Run = *r.RunID
	}
	if r.ReplayOf != nil {
		d.ReplayOf = *r.ReplayOf
	}
	return d
}

// delivering is a delivery on its way into the database, whose documents are
// already text.
type delivering struct {
	trigger.Delivery
	workspace             uuid.UUID
	header, query, stages string
}

// The most of the sender's words that is kept.
const (
	maxWord    = 200 // characters
	maxInplace = 64 << 10
)

// newDelivering makes what is kept of a delivery.
func newDelivering(workspace uuid.UUID, d trigger.Delivery) (*delivering, error) {
	d.Event, d.Subject, d.Actor = word(d.Event), word(d.Subject), word(d.Actor)
	d.Reason = shortReason(d.Reason)
	for i := range d.Stages {
		d.Stages[i].Note = shortReason(d.Stages[i].Note)
	}
	if d.Stages == nil {
		d.Stages = []trigger.Stage{}
	}
	item := &delivering{Delivery: d, workspace: workspace}
	var err error
	if item.header, err = jsonText("header", values(d.Header)); err != nil {
		return nil, err
	}
	if item.query, err = jsonText("query", values(d.Query)); err != nil {
		return nil, err
	}
	item.stages, err = jsonText("stages", d.Stages)
	return item, err
}

func values(of map[string][]string) map[string][]string {
	if of == nil {
		return map[string][]string{}
	}
	return of
}

// word is a stranger's word as it is kept.
func word(text string) string {
	text = shortReason(text)
	if all := []rune(text); len(all) > maxWord {
		return string(all[:maxWord]) + "…"
	}
	return text
}

func (d *delivering) size() int {
	if d == nil {
		return 0
	}
	return len(d.header) + len(d.query) + len(d.stages) + len(d.Body)
}

// inplace is the body as the row of the delivery holds it, apart what is kept
// beside it.
func (d *delivering) inplace() []byte {
	if len(d.Body) > maxInplace {
		return nil
	}
	if d.Body == nil {
		return []byte{}
	}
	return d.Body
}

func (d *delivering) apart() bool { return len(d.Body) > maxInplace }
