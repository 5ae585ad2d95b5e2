package native

import (
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// problem is an error as RFC 9457 writes it, with a code for machines.
type problem struct {
	Type      string         `json:"type" doc:"Always about:blank: the code says what it is."`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      fault.Code     `json:"code" doc:"What went wrong, for machines."`
	Detail    string         `json:"detail" doc:"What went wrong, for people."`
	Errors    []fault.Detail `json:"errors" doc:"What is wrong at which place of the request."`
	RequestID string         `json:"request_id"`
}

func refuse(err error, requestID string) api.Refusal {
	f := fault.Of(err)
	status := api.Status(f.Code)
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Code: f.Code, Detail: f.Message, Errors: f.Details, RequestID: requestID,
	}
	if p.Errors == nil {
		p.Errors = []fault.Detail{}
	}
	return api.Refusal{Status: status, ContentType: "application/problem+json", Body: p}
}
