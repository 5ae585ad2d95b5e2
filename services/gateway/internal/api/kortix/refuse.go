package kortix

import (
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// refusal is the envelope of every refusal: a detail, or from a webhook the two
// words beside it.
type refusal struct {
	Detail  string `json:"detail,omitempty" doc:"What is wrong."`
	Success *bool  `json:"success,omitempty" doc:"false, from a webhook that was taken for one."`
	Error   string `json:"error,omitempty" doc:"What is wrong, from a webhook that was taken for one."`
}

// said is a refusal of a webhook in the published words.
type said struct {
	error
	text string
}

// Unwrap lets the fault be found.
func (s *said) Unwrap() error { return s.error }

// errNoSecret is a trigger that nobody can prove anything to.
var errNoSecret = errors.New("no secret is configured for the webhook")

// refuse says an error as the published surface does.
func refuse(err error, _ string) api.Refusal {
	f := fault.Of(err)
	r := api.Refusal{Status: status(f.Code), ContentType: "application/json"}
	var hook *said
	switch {
	case errors.Is(err, errNoSecret):
		r.Body = refusal{Detail: "Webhook secret not configured"}
	case f.Code == fault.Unauthenticated:
		r.Body = refusal{Detail: "Unauthorized"}
	case errors.As(err, &hook):
		no := false
		r.Body = refusal{Success: &no, Error: hook.text}
	default:
		r.Body = refusal{Detail: sentence(f, r.Status)}
	}
	return r
}

// status is that of the published surface, where the provider of a trigger
// refuses everything as a bad request.
func status(c fault.Code) int {
	switch c {
	case fault.TriggerPaused, fault.BadJSON, fault.CodeInvalid:
		return http.StatusBadRequest
	}
	return api.Status(c)
}

func sentence(f *fault.Fault, status int) string {
	switch {
	case f.Code == fault.Unavailable:
		return "Service temporarily unavailable"
	case status == http.StatusInternalServerError:
		return "Internal server error"
	}
	return f.Message
}

// ofWebhook is an error of a webhook's trigger in the published words.
func ofWebhook(err error, trigger string) error {
	f := fault.Of(err)
	s := &said{err, f.Message}
	switch {
	case errors.Is(err, signature.NoSecret):
		return errNoSecret
	case f.Code == fault.Unauthenticated:
		return err
	case f.Code == fault.NotFound:
		s.text = "Trigger not found: " + trigger
	case f.Code == fault.TriggerPaused:
		s.text = "Trigger is inactive: " + trigger
	case f.Code == fault.BadJSON, f.Code == fault.CodeInvalid:
		s.text = "Error processing webhook event: " + f.Message
	case f.Code == fault.QueueFull:
		s.text = "Queue limit reached"
	case f.Code == fault.Unavailable:
		s.text = "Queue unavailable"
	case f.Code == fault.Internal:
		s.text = "Internal server error"
	}
	return s
}
