package flowra

import (
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// refusal is the envelope of every refusal.
type refusal struct {
	Success    bool   `json:"success" doc:"false"`
	StatusCode int    `json:"statusCode" doc:"The status once more."`
	Message    string `json:"message" doc:"What is wrong, in one text."`
	Error      string `json:"error" doc:"The status in words."`
}

// refuse says an error as the published surface does.
func refuse(err error, _ string) api.Refusal {
	f := fault.Of(err)
	status := statusOf(f.Code)
	return api.Refusal{Status: status, ContentType: "application/json", Body: refusal{
		StatusCode: status, Message: sentence(f, status), Error: http.StatusText(status),
	}}
}

// statusOf is that of the published surface, where what is wrong with a request
// is a bad request.
func statusOf(c fault.Code) int {
	switch c {
	case fault.CodeInvalid, fault.UnknownField, fault.NoBuild:
		return http.StatusBadRequest
	}
	return api.Status(c)
}

func sentence(f *fault.Fault, status int) string {
	switch {
	case f.Code == fault.Unauthenticated:
		return "Unauthorized"
	case f.Code == fault.Unavailable:
		return "Service temporarily unavailable"
	case f.Code == fault.BadJSON:
		return "Invalid JSON body"
	case status == http.StatusInternalServerError:
		return "Internal server error"
	case len(f.Details) > 1:
		var all []string
		for _, d := range f.Details {
			all = append(all, d.Message)
		}
		return strings.Join(all, "; ")
	}
	return f.Message
}
