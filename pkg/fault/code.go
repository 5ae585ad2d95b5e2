package fault

// Code is what a machine reads. A code is itself an error, so that it can be
// the target of errors.Is.
type Code string

func (c Code) Error() string { return string(c) }

// The problem codes of the native API, which travel in X-Error-Code on the
// published surfaces. answer.go of the gateway gives each its HTTP status.
const (
	BadJSON               Code = "bad_json"
	BadCursor             Code = "bad_cursor"
	KeyInQuery            Code = "key_in_query"
	Unauthenticated       Code = "unauthenticated"
	Quota                 Code = "quota"
	Forbidden             Code = "forbidden"
	EnvironmentNotAllowed Code = "environment_not_allowed"
	NotFound              Code = "not_found"
	MethodNotAllowed      Code = "method_not_allowed"
	Conflict              Code = "conflict"
	IdempotencyInProgress Code = "idempotency_in_progress"
	TriggerPaused         Code = "trigger_paused"
	NoBuild               Code = "no_build"
	NotWaiting            Code = "not_waiting"
	AlreadyFinished       Code = "already_finished"
	RevisionMismatch      Code = "revision_mismatch"
	PayloadTooLarge       Code = "payload_too_large"
	UnsupportedMediaType  Code = "unsupported_media_type"
	CodeInvalid           Code = "invalid"
	IdempotencyConflict   Code = "idempotency_conflict"
	UnknownField          Code = "unknown_field"
	RateLimited           Code = "rate_limited"
	QueueFull             Code = "queue_full"
	Internal              Code = "internal"
	Unavailable           Code = "unavailable"

	// Fenced says that a write carried an epoch that is no longer the run's:
	// another worker owns it. It never leaves the worker.
	Fenced Code = "fenced"
)
