package openapi

import (
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// parameters are the request headers to which routes listen.
func parameters() map[string]Parameter {
	all := map[string]Parameter{}
	for name, about := range heard {
		all[string(name)] = Parameter{Name: string(name), In: "header", Description: about, Schema: Schema{"type": "string"}}
	}
	return all
}

var heard = map[api.Header]string{
	api.IdempotencyKey: "Your name for this call, at most 255 printable ASCII characters. The same name with the same body does nothing twice for 24 hours: " +
		"what the first call started or made is answered, with `Idempotent-Replayed: true`.",
	api.IfMatch:      "The `ETag` that was read: the change is made only if nobody changed the document since.",
	api.IfNoneMatch:  "An `ETag` that is held: if nothing changed since, the answer is 304 without a body.",
	api.LastEventID:  "The id of the last event that was seen: the stream goes on behind it.",
	api.Prefer:       "`wait=10` waits up to so many seconds for the run to end, or to begin to wait for somebody. What cannot be granted is ignored; `Preference-Applied` says what was.",
	api.TriggerDepth: "How many starts led to this one. A chain of starts ends at a depth of five.",
}

// answered are the headers that come with an answer to who sent one of those.
var answered = map[api.Header][]string{
	api.IdempotencyKey: {"Idempotent-Replayed"},
	api.IfMatch:        {"ETag"},
	api.IfNoneMatch:    {"ETag"},
	api.Prefer:         {"Preference-Applied", "Location", "Run-Id", "Run-Status", "Retry-After"},
}

// refused are the codes that a header can lead to.
var refused = map[api.Header][]fault.Code{
	api.IdempotencyKey: {fault.CodeInvalid, fault.IdempotencyConflict, fault.IdempotencyInProgress},
	api.IfMatch:        {fault.RevisionMismatch},
	api.LastEventID:    {fault.CodeInvalid},
	api.TriggerDepth:   {fault.CodeInvalid},
}

// headers are those of answers.
var headers = map[string]any{
	"X-Request-Id":        said("The name of this request, in our logs too; the caller's own where it sent one."),
	"X-Error-Code":        said("What went wrong, for machines."),
	"ETag":                said("Names this state of the document, for `If-Match` and `If-None-Match`."),
	"Idempotent-Replayed": said("`true` when the `Idempotency-Key` was used before and nothing new was started."),
	"Preference-Applied":  said("The wait that was granted."),
	"Run-Id":              said("The run that the answer is about."),
	"Run-Status":          said("How that run stands: pending, running, waiting, completed, failed or cancelled."),
	"Location":            said("Where the run can be read."),
	"Retry-After":         said("Seconds to wait before the next try."),
	"WWW-Authenticate":    said("`Bearer`."),
}

func said(about string) Schema {
	return Schema{"description": about, "schema": Schema{"type": "string"}}
}
