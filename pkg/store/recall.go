package store

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
)

const (
	// entriesKept bounds the memory of entries, entryAge how old one may be.
	entriesKept = 4096
	entryAge    = time.Minute
)

type remembered struct {
	entry Entry
	at    time.Time
}

// Recall is what Enter found lately, without asking again. It may be out of
// date: only a start through Upon proves it, and whoever starts nothing with it
// has to Enter before he answers.
func (s *Store) Recall(mac []byte, ref, environment string) (Entry, bool) {
	a, wrong := aimAt(ref, environment)
	if wrong != nil {
		return Entry{}, false
	}
	r, ok := s.entered.Recall(entering{presented(mac), a})
	if !ok || s.now().Sub(r.at) >= entryAge {
		return Entry{}, false
	}
	return r.entry, true
}

// Basis is an entry that was recalled and that a start rests upon: the count of
// changes of its workspace when it was read. Whatever the entry was read from
// raises the count when it changes, and the statement that accepts compares it: a
// key that was revoked before the call came starts nothing.
type Basis struct {
	workspace uuid.UUID
	changes   int64
	proven    bool
}

// Basis makes a basis of the entry, for one call.
func (e Entry) Basis() *Basis { return &Basis{workspace: e.Workspace.ID, changes: e.changes} }

// Proven says that the database was asked whether the basis holds, and did not
// deny it.
func (b *Basis) Proven() bool { return b.proven }

// Upon is the tenant whose Accept holds only if nothing has changed that b was
// read from. If something has, or b is of another workspace, Accept fails with
// ErrOutdated and b stays unproven.
func (t Tenant) Upon(b *Basis) Tenant {
	t.basis = b
	return t
}

// ErrOutdated is that a recalled entry is not true any more. No caller hears it.
var ErrOutdated = fault.New(fault.Internal, "what the start rests upon has changed")

// prove notes what became of a start. One that was turned away because the
// database is away was not denied either; but then nothing is recalled any more,
// so that the next call finds out by asking. One that waited in vain for its
// idempotency key was compared with nothing.
func (t Tenant) prove(err error) {
	if errors.Is(err, fault.Unavailable) {
		t.s.entered.Forget()
	}
	if t.basis != nil {
		t.basis.proven = !errors.Is(err, ErrOutdated) && !lockTimeout(err)
	}
}
