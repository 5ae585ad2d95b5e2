// Package fault is the one way to say what went wrong: a code for machines, a
// message for strangers, and a cause that only the log sees.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Fault is an error that a caller may be told about. The message is written
// for the person at the other end of the wire; the cause is never shown.
type Fault struct {
	Code    Code
	Message string
	Details []Detail
	// RetryAfter is how long the caller should wait before asking again; zero
	// says nothing.
	RetryAfter time.Duration

	cause error
}

// Detail is one thing wrong at one place of a document.
type Detail struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// New makes a fault that has no cause beyond itself.
func New(code Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault that hides cause behind a message for strangers.
func Wrap(cause error, code Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...), cause: cause}
}

// Invalid says what is wrong with a document, place by place.
func Invalid(details ...Detail) *Fault {
	f := New(CodeInvalid, "the document has %d problems", len(details))
	if len(details) == 1 {
		f.Message = details[0].Message
	}
	f.Details = details
	return f
}

// After returns the fault with the time a caller should wait.
func (f *Fault) After(d time.Duration) *Fault {
	g := *f
	g.RetryAfter = d
	return &g
}

func (f *Fault) Error() string {
	if f.cause != nil {
		return f.Message + ": " + f.cause.Error()
	}
	return f.Message
}

// Unwrap gives the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is(err, fault.NotFound) the only question ever asked.
func (f *Fault) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == f.Code
}

// Of finds the fault in err; everything foreign is internal and says nothing.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	var c Code
	if errors.As(err, &c) {
		return &Fault{Code: c, Message: string(c)}
	}
	return &Fault{Code: Internal, Message: "something went wrong on our side", cause: err}
}
