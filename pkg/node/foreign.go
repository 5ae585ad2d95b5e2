package node

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
)

// Cut is the failure of a node whose line to somebody's server broke. who is
// "the runtime"; risky says that the server may have begun the work.
func Cut(who string, broken error, risky bool) error {
	switch {
	case errors.Is(broken, egress.ErrBlocked):
		return Permanent(run.EgressBlocked, egress.ErrBlocked.Error())
	case errors.Is(broken, egress.ErrTooLarge):
		return Permanent(run.LimitExceeded, fmt.Sprintf("%s sends too much: %v", who, broken))
	}
	return &Error{Code: run.NodeFailed, Message: fmt.Sprintf("%s: %v", who, broken), Unknown: risky}
}

// Answered is the failure of a node whose call was answered with an error of
// HTTP. Somebody in between may have answered while the server did its work.
func Answered(who string, status int, header http.Header) error {
	e := &Error{
		Code:      run.NodeFailed,
		Message:   fmt.Sprintf("%s answered %d %s", who, status, http.StatusText(status)),
		Permanent: !Passing(status),
		Unknown:   Between(status),
	}
	if !e.Permanent {
		e.After = model.RetryAfter(header)
	}
	return e
}

// Passing says whether a status is one that may be gone at the next try.
func Passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly ||
		status == http.StatusTooManyRequests || status >= 500
}

// Between says whether a status is one of proxies, behind which the server may
// have done its work.
func Between(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}
