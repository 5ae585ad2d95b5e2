package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/redact"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Sink is where a journal is kept. Append stores all records or none, and
// refuses an epoch that is no longer the run's.
type Sink interface {
	Append(ctx context.Context, l run.Lease, records []run.Record) error
}

// Journal writes a run's records and folds each into the state as it goes, so
// that a live run and a resumed one know the same. It serves the parallel
// branches of one run.
type Journal struct {
	lease run.Lease
	sink  Sink
	now   func() time.Time
	hide  redact.Redactor

	mu    sync.Mutex
	state *run.State
	// noted are records that are folded but not yet stored: those of pure
	// steps and log lines, which a crash may take because it makes them anew.
	// They travel with the next append.
	noted []run.Record
	// stored is when the last append was made.
	stored time.Time
	// broken is why the last append failed. The state is ahead of the store
	// then, so nothing more may be written.
	broken error
}

// OpenJournal begins to write behind the records that state has folded. What hide
// knows is never written, whichever way it came.
func OpenJournal(l run.Lease, state *run.State, sink Sink, now func() time.Time, hide redact.Redactor) *Journal {
	return &Journal{lease: l, sink: sink, now: now, hide: hide, state: state, stored: now()}
}

// told are the members of records in which there is what others said.
var told = []string{
	"output", "vars", "input", "message", "error", "question", "warnings", "partial", "failure.message", "child.message", "child.user_variables",
}

// Note folds a record now and stores it with the next append.
func (j *Journal) Note(t run.RecordType, s run.Step, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note(t, s, data)
}

// NoteIf is Note for a record that the state has to allow.
func (j *Journal) NoteIf(allowed func(*run.State) error, t run.RecordType, s run.Step, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := allowed(j.state); err != nil {
		return err
	}
	return j.note(t, s, data)
}

// Append stores what was noted and one record more.
func (j *Journal) Append(ctx context.Context, t run.RecordType, s run.Step, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.append(ctx, t, s, data)
}

// AppendIf is Append for a record that the state has to allow: nothing comes
// between the question and the record.
func (j *Journal) AppendIf(ctx context.Context, allowed func(*run.State) error, t run.RecordType, s run.Step, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := allowed(j.state); err != nil {
		return err
	}
	return j.append(ctx, t, s, data)
}

func (j *Journal) append(ctx context.Context, t run.RecordType, s run.Step, data any) error {
	if err := j.note(t, s, data); err != nil {
		return err
	}
	return j.store(ctx)
}

// quiet is how long what was noted may wait for company.
const quiet = time.Second

// Tell is Note for what somebody watches: a step that takes long and tells how
// far it is appends nothing before its end, so what it tells is stored once a
// second.
func (j *Journal) Tell(ctx context.Context, t run.RecordType, s run.Step, data any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.note(t, s, data); err != nil || j.now().Sub(j.stored) < quiet {
		return err
	}
	return j.store(ctx)
}

// store appends what was noted.
func (j *Journal) store(ctx context.Context) error {
	err := j.sink.Append(ctx, j.lease, j.noted)
	j.noted, j.stored = nil, j.now()
	if err != nil {
		j.broken = &Over{err}
	}
	return j.broken
}

// Rest gives up what was noted and not stored; it belongs into the statement
// that ends the attempt.
func (j *Journal) Rest() []run.Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	rest := j.noted
	j.noted = nil
	return rest
}

func (j *Journal) note(t run.RecordType, s run.Step, data any) error {
	if j.broken != nil {
		return j.broken
	}
	said, err := textOf(data)
	if err != nil {
		return fmt.Errorf("journal %s: %w", t, err)
	}
	kept := j.hide.Members(said, told...)
	changed := !bytes.Equal(kept, said) || strictjson.HoldsNUL(kept)
	r := run.Record{
		Seq: j.state.Next, Epoch: j.lease.Epoch, At: j.now().UTC(), Type: t,
		Node: s.Node, Iteration: s.Iteration, Call: s.Call, Data: strictjson.Storable(kept),
	}
	if err := j.fold(r, data, changed); err != nil {
		return err
	}
	j.noted = append(j.noted, r)
	return nil
}

func textOf(data any) (json.RawMessage, error) {
	if c, ok := data.(run.Completed); ok {
		return c.Text()
	}
	return json.Marshal(data)
}

// fold adds a record to the state: as it was made where that is what another
// worker would read, and else as it reads.
func (j *Journal) fold(r run.Record, data any, changed bool) error {
	if c, ok := data.(run.Completed); ok && c.Read != nil && c.Failure == nil && !changed {
		return j.state.Complete(r, c)
	}
	return j.state.Apply(r)
}

// ask reads the state.
func ask[T any](j *Journal, question func(*run.State) T) T {
	j.mu.Lock()
	defer j.mu.Unlock()
	return question(j.state)
}

// Failure is what has ended the run, or nil.
func (j *Journal) Failure() *run.Failure {
	return ask(j, func(s *run.State) *run.Failure { return s.Failure })
}

// Over says that nothing more may start: the run has failed, or is complete
// before its edges were followed to an end.
func (j *Journal) Over() bool {
	return ask(j, func(s *run.State) bool { return s.Failure != nil || s.Ended })
}

// Ready are the nodes of a graph that may start now.
func (j *Journal) Ready(p *graph.Plan) []string {
	return ask(j, func(s *run.State) []string {
		return p.Ready(graph.Progress{Begun: s.Begun(), Edges: s.Edges})
	})
}
