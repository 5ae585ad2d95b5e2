package store

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
)

const (
	// entriesKept bounds the memory of entries, entryAge how old one may be: long
	// before a version could come round again.
	entriesKept = 4096
	entryAge    = time.Minute
)

// seen says in which state rows were when an entry was read from them: a key,
// its workspace, the trigger, its graph, and the build that is assigned.
type seen struct {
	key, trigger uuid.UUID
	environment  string
	// versions are the transactions that wrote the rows. Whatever changes one of
	// them changes its version; empty on a database that keeps none.
	versions string
}

// versions is that state of the rows k, w, t, g and a, which the question and
// the proof have to write alike; empty without a trigger.
const versions = `case when t.id is null then '' else concat_ws(' ', k.version, w.version, t.version, g.version, a.version) end`

// unchanged finds which of the states that starts rest upon are those of now.
// The rows are looked up in the statement that accepts: a key that was revoked
// before the call came starts nothing. Its parameters are the first four.
const unchanged = `
  select h.n, w.id as w from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality as h (key, trigger, environment, versions, n)
  cross join lateral (select k.xmin as version, * from keys k where k.id = h.key offset 0) k
  cross join lateral (select w.xmin as version, * from workspaces w where w.id = k.workspace_id offset 0) w
  cross join lateral (select t.xmin as version, * from triggers t where t.id = h.trigger and t.workspace_id = w.id offset 0) t
  cross join lateral (select g.xmin as version, * from graphs g where g.id = t.graph_id and g.workspace_id = w.id offset 0) g
  left join lateral (
    select a.xmin as version, * from assignments a where a.workspace_id = w.id and a.environment = h.environment and a.graph_id = t.graph_id offset 0) a on true
  where h.versions = ` + versions

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

// Basis is an entry that was recalled and that a start rests upon.
type Basis struct {
	seen   seen
	proven bool
}

// Basis makes a basis of the entry, for one call.
func (e Entry) Basis() *Basis { return &Basis{seen: e.seen} }

// Proven says that the database was asked whether the basis holds, and did not
// deny it.
func (b *Basis) Proven() bool { return b.proven }

// Upon is the tenant whose Accept holds only if nothing has changed that b was
// read from. If something has, Accept fails with ErrOutdated and b stays
// unproven.
func (t Tenant) Upon(b *Basis) Tenant {
	t.basis = b
	return t
}

// ErrOutdated is that a recalled entry is not true any more. No caller hears it.
var ErrOutdated = fault.New(fault.Internal, "what the start rests upon has changed")

// prove notes what became of a start. One that was turned away because the
// database is away was not denied either; but then nothing is recalled any more,
// so that the next call finds out by asking.
func (t Tenant) prove(err error) {
	if errors.Is(err, fault.Unavailable) {
		t.s.entered.Forget()
	}
	if t.basis != nil {
		t.basis.proven = !errors.Is(err, ErrOutdated)
	}
}
