package node

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

// Error is a failure that the kind understood: what to tell the reader of the
// run, and whether trying again could help. Any other error is tried again and
// told as it is.
type Error struct {
	Code      run.ErrorCode
	Message   string
	Permanent bool
	// After is the earliest moment at which trying again makes sense, as a
	// distance from now; zero leaves it to the node's back-off.
	After time.Duration
	// Throttled says that the other side asked to wait: trying again is no use
	// before After, and this try is not one that failed.
	Throttled bool
	// Unknown says that the effect may have happened although no answer came.
	// A node that must not repeat (retry.repeat "never") then waits for a
	// person instead of trying again.
	Unknown bool
	// Partial is what the node had when it was stopped; nil is nothing.
	Partial json.RawMessage
}

func (e *Error) Error() string { return e.Message }

// Permanent fails a node without another try.
func Permanent(code run.ErrorCode, message string) error {
	return &Error{Code: code, Message: message, Permanent: true}
}

// Failed finds the node error in err, or makes one of it: of an error that no
// kind understood, nobody knows what happened.
func Failed(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: run.NodeFailed, Message: err.Error(), Unknown: true}
}
