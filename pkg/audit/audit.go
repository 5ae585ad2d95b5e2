// Package audit is the record of who changed what: entries that are written
// once and never changed.
package audit

import (
	"time"

	"github.com/google/uuid"
)

// Entry says that somebody did something.
type Entry struct {
	ID uuid.UUID
	At time.Time
	// Actor is the key by its name ("key:ci"), and ActorID that key; Itself has
	// none.
	Actor   string
	ActorID uuid.UUID
	// Action is a noun and a verb: "trigger.pause".
	Action string
	// Object is what it was done to, as a path: "trigger/nightly",
	// "environment/DEV/secret/TOKEN".
	Object  string
	Changes []Change
	// Address is where the request came from, RequestID its name.
	Address   string
	RequestID string
}

// Itself is the actor of what nobody asked for at the time.
const Itself = "onset"

// Mark is an entry in the making: it goes with a request until the change that
// it is about is made. A nil Mark records nothing.
type Mark struct {
	Entry Entry

	settled bool
}

// Changed says what became of an object; nil fields mean that it did not exist
// before, or does not any more. A change that changes nothing leaves no entry.
func (m *Mark) Changed(object string, before, after Fields) {
	if m == nil {
		return
	}
	m.Entry.Object, m.Entry.Changes = object, diff(before, after)
	m.settled = before != nil && after != nil && len(m.Entry.Changes) == 0
}

// Settle says that the entry was written, or that there is nothing to write.
func (m *Mark) Settle() {
	if m != nil {
		m.settled = true
	}
}

// Open says that an entry has to be written.
func (m *Mark) Open() bool { return m != nil && !m.settled }
