package native

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// deliveryRow is a delivery as a list shows it.
type deliveryRow struct {
	ID          uuid.UUID       `json:"id"`
	TriggerID   uuid.UUID       `json:"trigger_id"`
	Trigger     string          `json:"trigger" doc:"The name of the trigger."`
	Environment string          `json:"environment"`
	ReceivedAt  moment          `json:"received_at"`
	Source      string          `json:"source" doc:"The address that it came from."`
	Surface     string          `json:"surface" doc:"Whose words its sender was answered in."`
	Size        int             `json:"size" doc:"Of the body, in bytes."`
	Event       *string         `json:"event" doc:"What happened, in the sender's words."`
	Subject     *string         `json:"subject" doc:"What it is about."`
	Actor       *string         `json:"actor" doc:"Who made it happen."`
	Outcome     trigger.Outcome `json:"outcome" doc:"started; duplicate of what run_id names; filtered; looped; handshake; captured; refused, genuine and yet without a run; rejected, not verified."`
	Code        *string         `json:"code" doc:"What stopped it: filter, filter_failed, mapping_failed, actor, ignored, loop, signature, or the code of an error. null for what nothing stopped."`
	Reason      *string         `json:"reason" doc:"The same for people, with the values that decided it."`
	RunID       *uuid.UUID      `json:"run_id" doc:"What it started, or what the delivery had started which it repeats."`
	ReplayOf    *uuid.UUID      `json:"replay_of" doc:"The delivery that a person sent again."`
	KeepUntil   moment          `json:"keep_until" doc:"When it is deleted."`
}

// deliveryDocument is a delivery as it is shown by itself.
type deliveryDocument struct {
	deliveryRow
	Method  string              `json:"method"`
	Headers map[string][]string `json:"headers" doc:"Values that may be secret are redacted: they were never kept."`
	Query   map[string][]string `json:"query"`
	Stages  []trigger.Stage     `json:"stages" doc:"Its way, step by step."`
	Body    string              `json:"body" doc:"As much of it as is shown."`
	Base64  bool                `json:"body_base64" doc:"Whether body is base64, because the bytes are no text."`
	Cut     bool                `json:"body_cut" doc:"Whether there is more of it than is shown: of what was not verified the beginning is kept, and of what is very large the beginning is shown."`
}

func deliveryRowOf(d trigger.Delivery) deliveryRow {
	return deliveryRow{
		ID: d.ID, TriggerID: d.Trigger, Trigger: d.TriggerName, Environment: d.Environment, ReceivedAt: moment(d.ReceivedAt), Source: d.Source, Surface: d.Surface, Size: d.Size,
		Event: orNull(d.Event), Subject: orNull(d.Subject), Actor: orNull(d.Actor),
		Outcome: d.Outcome, Code: orNull(d.Code), Reason: orNull(d.Reason), RunID: idOrNull(d.Run), ReplayOf: idOrNull(d.ReplayOf), KeepUntil: moment(d.KeepUntil),
	}
}

// maxShownBody is how much of a body is shown.
const maxShownBody = 1 << 20

func deliveryOf(d trigger.Delivery) deliveryDocument {
	body := d.Body[:min(len(d.Body), maxShownBody)]
	shown := deliveryDocument{
		deliveryRow: deliveryRowOf(d), Method: d.Method, Headers: d.Header, Query: d.Query,
		Stages: append([]trigger.Stage{}, d.Stages...), Body: string(body), Cut: len(body) < d.Size,
	}
	if !utf8.Valid(body) {
		shown.Body, shown.Base64 = base64.StdEncoding.EncodeToString(body), true
	}
	return shown
}

func idOrNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
