package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a call that the server refused.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code says what went wrong; it is empty when something between here and
	// the server refused.
	Code ProblemCode
	// Detail is for people.
	Detail string
	// Errors are what is wrong with a document, place by place.
	Errors []ProblemDetail
	// RequestID finds the call in the server's log.
	RequestID string
	// RetryAfter is how long to wait before the next try; zero says nothing.
	RetryAfter time.Duration
}

// Error is the detail, with what is wrong at each place behind it.
func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	}
	for _, wrong := range e.Errors {
		if wrong.Message != e.Detail {
			text += "; " + wrong.Path + ": " + wrong.Message
		} else if wrong.Path != "" {
			text = wrong.Path + ": " + wrong.Message
		}
	}
	return text
}

// Refused says whether err is a refusal with this code.
func Refused(err error, code ProblemCode) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// maxRefusal is how much of a refusal is read.
const maxRefusal = 1 << 20

// refusal reads a problem document, or the sentence of a published surface.
func refusal(resp *http.Response) *Error {
	e := &Error{Status: resp.StatusCode, Code: ProblemCode(resp.Header.Get("X-Error-Code")), RequestID: resp.Header.Get("X-Request-Id")}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	var said struct {
		Detail json.RawMessage
		Errors []ProblemDetail
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err != nil || json.Unmarshal(text, &said) != nil {
		return e
	}
	e.Errors = said.Errors
	if json.Unmarshal(said.Detail, &e.Detail) != nil {
		e.Detail, e.Errors = "the request was refused", placesOf(said.Detail)
	}
	return e
}

// placesOf is what a published surface says is wrong, place by place.
func placesOf(detail json.RawMessage) (all []ProblemDetail) {
	var places []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	if json.Unmarshal(detail, &places) != nil {
		return nil
	}
	for _, at := range places {
		all = append(all, ProblemDetail{Path: strings.Trim(fmt.Sprint(at.Loc), "[]"), Message: at.Msg})
	}
	return all
}
