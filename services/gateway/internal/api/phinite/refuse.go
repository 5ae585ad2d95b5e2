package phinite

import (
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// sentences are the published texts. A fault that has none here is told in its
// own words.
var sentences = map[fault.Code]string{
	fault.Unauthenticated:       "Invalid authentication credentials",
	fault.KeyInQuery:            "API keys must be sent in the Authorization header",
	fault.EnvironmentNotAllowed: "Environment not allowed for this key",
	fault.MethodNotAllowed:      "Method Not Allowed",
	fault.IdempotencyConflict:   "Idempotency-Key was used with a different request",
	fault.IdempotencyInProgress: "A request with this Idempotency-Key is in progress",
	fault.RateLimited:           "Too many requests",
	fault.QueueFull:             "Queue limit reached",
	fault.Unavailable:           "Service temporarily unavailable",
	fault.Internal:              "Process query failed: Internal server error",
}

// detail is the envelope of every refusal.
type detail struct {
	Detail any `json:"detail" doc:"A sentence, or the list of what is wrong with the request."`
}

// refuse says an error as the published surface does: a sentence, or the list
// of what is wrong with the request.
func refuse(err error, _ string) api.Refusal {
	f := fault.Of(err)
	r := api.Refusal{Status: api.Status(f.Code), ContentType: "application/json"}
	var wrong *invalid
	switch {
	case errors.Is(err, errNoJiraSecret):
		r.Body = detail{"Process query failed: Jira webhook secret not configured"}
	case errors.As(err, &wrong):
		r.Status, r.Body = http.StatusUnprocessableEntity, detail{wrong.problems}
	case len(f.Details) > 0:
		r.Body = detail{headerProblems(f.Details)}
	case f.Code == fault.BadJSON:
		r.Status, r.Body = http.StatusUnprocessableEntity, detail{f.Message}
	case f.Code == fault.NoBuild:
		r.Status, r.Body = http.StatusNotFound, detail{f.Message}
	default:
		r.Body = detail{sentence(f, r.Status)}
	}
	return r
}

func sentence(f *fault.Fault, status int) string {
	if published, ok := sentences[f.Code]; ok {
		return published
	}
	if status == http.StatusInternalServerError {
		return sentences[fault.Internal]
	}
	return f.Message
}
