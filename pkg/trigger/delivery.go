package trigger

import (
	"time"

	"github.com/google/uuid"
)

// Delivery is one request to a webhook as it arrived, with what became of it.
type Delivery struct {
	ID      uuid.UUID
	Trigger uuid.UUID
	// TriggerName is its name now. Only what is read to be shown has it.
	TriggerName string
	Environment string
	// Surface is whose words the sender was answered in.
	Surface    string
	Source     string // the address that it came from
	ReceivedAt time.Time
	Method     string
	// Header and Query hold no secret: values of headers that may be one are
	// redacted before they are kept.
	Header map[string][]string
	Query  map[string][]string
	// Size is how many bytes the body had. Body is as much of it as is kept: all,
	// unless it was not verified. Lists leave it out.
	Size int
	Body []byte

	// Event, Subject and Actor are those of the report; empty when it was not
	// read.
	Event   string
	Subject string
	Actor   string

	Outcome Outcome
	// Code is what stopped it, for machines: a fault's code, or one of the codes
	// below. Reason says it to people. Both are empty for what started a run.
	Code   string
	Reason string
	Stages []Stage
	// Run is what it started, or what the delivery had started that it repeats;
	// the zero id for neither.
	Run uuid.UUID
	// ReplayOf is the delivery that was sent again by a person; else zero.
	ReplayOf uuid.UUID
	// KeepUntil is when it is deleted.
	KeepUntil time.Time
}

// Outcome is what became of a delivery.
type Outcome string

// The outcomes.
const (
	DeliveryStarted   Outcome = "started"   // it started a run
	DeliveryDuplicate Outcome = "duplicate" // it had started one before
	DeliveryFiltered  Outcome = "filtered"  // its trigger does not care for it
	DeliveryLooped    Outcome = "looped"    // a run of ours made it happen
	DeliveryHandshake Outcome = "handshake" // it only asked for an answer
	DeliveryCaptured  Outcome = "captured"  // it came while deliveries were captured
	DeliveryRefused   Outcome = "refused"   // it was genuine, and could not start a run
	DeliveryRejected  Outcome = "rejected"  // it was not verified
)

// Outcomes are all of them.
var Outcomes = []Outcome{
	DeliveryStarted, DeliveryDuplicate, DeliveryFiltered, DeliveryLooped, DeliveryHandshake, DeliveryCaptured, DeliveryRefused, DeliveryRejected,
}

// Codes of deliveries that are no faults.
const (
	CodeFilter        = "filter"         // the filter said no
	CodeFilterFailed  = "filter_failed"  // the filter could not be evaluated
	CodeMappingFailed = "mapping_failed" // the message or the variables could not be computed
	CodeActor         = "actor"          // its actor is ignored
	CodeIgnored       = "ignored"        // its kind of trigger starts nothing for it
	CodeLoop          = "loop"           // the chain of runs behind it is too long, or circular
	CodeSignature     = "signature"      // it proves nothing
)

// Stage is one step of a delivery's way, with what was found there.
type Stage struct {
	Stage string `json:"stage" doc:"received, replayed, verified, handshake, read, guarded, filtered or mapped."`
	Note  string `json:"note,omitempty" doc:"What was found there."`
}
