package model

import (
	"net/http"
	"slices"
	"time"
)

// Error is a provider's refusal.
type Error struct {
	Status int    // HTTP status; 0 when no answer came
	Code   string // the provider's own word for it, if it said one
	// Message is written for the agent's author.
	Message string
	// After is how long the provider asked to wait.
	After time.Duration
	// Cause is what kept the answer from coming, when Status is 0.
	Cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Class is what a refusal means for the next try.
type Class string

const (
	// Passing trouble is on the provider's side or on the way: the same call
	// may succeed a little later.
	Passing Class = "passing"
	// Throttled callers have to wait, until the moment that the provider names
	// if it does.
	Throttled Class = "throttled"
	// Refused is the caller or its request: the same call fails again.
	Refused Class = "refused"
	// Unavailable is the model, or the account behind the key: the same call
	// fails again, and one of another model may not.
	Unavailable Class = "unavailable"
	// TooLong is a conversation that the model has no room for.
	TooLong Class = "too_long"
	// Policy is what the provider or its model does not want to talk about.
	Policy Class = "policy"
)

// statusOverloaded is how some providers say that all of their callers are too
// many.
const statusOverloaded = 529

// What providers call it when they do not wish to answer, and when they say
// with the status of a throttled call that an account has run out of money.
var (
	policyCodes = []string{"refusal", "content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}
	longCodes   = []string{"context_length_exceeded", "string_above_max_length", "request_too_large"}
	spentCodes  = []string{"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
)

// Class reads the provider's own word first: statuses are shared by things that
// differ in what to do about them.
func (e *Error) Class() Class {
	switch {
	case slices.Contains(policyCodes, e.Code):
		return Policy
	case slices.Contains(longCodes, e.Code), e.Status == http.StatusRequestEntityTooLarge:
		return TooLong
	case slices.Contains(spentCodes, e.Code):
		return Unavailable
	}
	switch e.Status {
	case http.StatusTooManyRequests, statusOverloaded:
		return Throttled
	case 0, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return Passing
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound:
		return Unavailable
	}
	if e.Status >= http.StatusInternalServerError {
		return Passing
	}
	return Refused
}

// Retryable says whether the same call could succeed later.
func (e *Error) Retryable() bool {
	return e.Class() == Passing || e.Class() == Throttled
}

// Elsewhere says whether another model could answer what this one did not.
func (e *Error) Elsewhere() bool {
	return e.Class() != Refused && e.Class() != Policy
}
