package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Append writes records to the journal of a run that the lease still holds;
// they are committed when it returns. Otherwise nothing is written and the fault
// is Fenced: stop, another attempt owns the run or it is over.
//
// The same records may be appended again by the same attempt, which a worker
// does that did not hear the answer. Any other record at the place of one, and a
// second completion of a step, is an error.
func (f Fleet) Append(ctx context.Context, l run.Lease, records []run.Record) error {
	if len(records) == 0 {
		return nil
	}
	item, err := newEntry(l, records)
	if err != nil {
		return err
	}
	if item.asks() || item.large() {
		err = f.s.alone(ctx, item)
	} else {
		_, err = f.s.flush.append.do(ctx, item)
	}
	if repeated(err) {
		if a, known, check := f.s.appendOutcome(ctx, item); check == nil && known {
			return a.err
		}
	}
	return f.s.judge(err)
}

// Refused counts the writes that came from attempts which had lost their run.
func (s *Store) Refused() int64 { return s.refused.Load() }

// judge counts a refusal.
func (s *Store) judge(err error) error {
	if errors.Is(err, fault.Fenced) {
		s.refused.Add(1)
	}
	return err
}

// entry is the records of one attempt, in line to be written.
type entry struct {
	lease   run.Lease
	records []run.Record
}

func newEntry(l run.Lease, records []run.Record) (entry, error) {
	for _, r := range records {
		if strictjson.HoldsNUL(r.Data) {
			return entry{}, invalid("data", "text with a NUL character cannot be stored")
		}
	}
	return entry{l, records}, nil
}

func (e entry) size() int {
	n := 0
	for _, r := range e.records {
		n += len(r.Data) + 128
	}
	return n
}

// fenced is the answer to a write of an attempt that has lost its run.
func fenced(l run.Lease) answer[none] {
	return answer[none]{err: fault.New(fault.Fenced, "attempt %d does not hold run %s any more", l.Epoch, l.Run)}
}

// recordData is what a record's data is as a column: nothing is null.
func recordData(r run.Record) *string {
	if len(r.Data) == 0 {
		return nil
	}
	s := string(r.Data)
	return &s
}

func (p plain) append(ctx context.Context, items []entry) (answers []answer[none], err error) {
	err = p.s.change(ctx, func(c *change) error {
		answers = make([]answer[none], len(items))
		held, err := c.held(ctx, items)
		if err != nil {
			return err
		}
		for i, e := range items {
			if l, ok := held[e.lease.Run]; !ok || !holds(l.epoch, e.lease) {
				answers[i] = fenced(e.lease)
				continue
			}
			if err := c.record(e.lease, e.records); err != nil {
				return err
			}
		}
		return nil
	})
	return answers, err
}

// held reads the runs of the leases that somebody holds.
func (c *change) held(ctx context.Context, items []entry) (map[uuid.UUID]life, error) {
	ids, err := jsonText("ids", column(items, func(e entry) uuid.UUID { return e.lease.Run }))
	if err != nil {
		return nil, err
	}
	running, err := c.lives(ctx, `where status = 'running' and id in (select value from json_each($1))`, ids)
	held := make(map[uuid.UUID]life, len(running))
	for _, l := range running {
		held[l.id] = l
	}
	return held, err
}

// appendRecords locks the runs that their leases still hold, so that nothing
// slips in after a take-over, and writes the records of those.
const appendRecords = `
with held as (
  select r.id, h.epoch from (select distinct run, epoch from unnest($1::uuid[], $2::int[]) as u (run, epoch)) h
  join runs r on r.id = any($1) and r.id = h.run and r.epoch ` + fence + ` h.epoch and case r.status when 'running' then true else false end
  order by r.id for no key update of r
), j as (
  insert into journal (run_id, seq, epoch, at, type, node, iteration, call, data)
  select u.run, u.seq, u.epoch, u.at, u.type, u.node, u.iteration, u.call, u.data
  from unnest($3::uuid[], $4::int[], $5::int[], $6::timestamptz[], $7::text[], $8::text[], $9::int[], $10::text[], $11::text[])
    as u (run, seq, epoch, at, type, node, iteration, call, data)
  join held on held.id = u.run and held.epoch = u.epoch
)
select id, epoch from held`

func (b batched) append(ctx context.Context, items []entry) ([]answer[none], error) {
	leases := column(items, func(e entry) run.Lease { return e.lease })
	args := append([]any{leaseRuns(leases), leaseEpochs(leases)}, recordColumns(items)...)
	held, err := b.leases(ctx, appendRecords, args...)
	if err != nil {
		return nil, fmt.Errorf("append to %d journals: %w", len(items), err)
	}
	answers := make([]answer[none], len(items))
	for i, e := range items {
		if !held[e.lease] {
			answers[i] = fenced(e.lease)
		}
	}
	return answers, nil
}

// leases runs a statement that returns the leases it found in force.
func (b batched) leases(ctx context.Context, text string, args ...any) (map[run.Lease]bool, error) {
	rows, err := b.hot.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[run.Lease]bool{}
	for rows.Next() {
		l, err := scanLease(rows)
		if err != nil {
			return nil, err
		}
		found[l] = true
	}
	return found, rows.Err()
}

// line is one record beside the lease it is written under.
type line struct {
	run.Lease
	run.Record
}

// recordColumns are the records of all items as arrays.
func recordColumns(items []entry) []any {
	n := 0
	for _, e := range items {
		n += len(e.records)
	}
	lines := make([]line, 0, n)
	for _, e := range items {
		for _, r := range e.records {
			lines = append(lines, line{e.lease, r})
		}
	}
	return []any{
		column(lines, func(l line) uuid.UUID { return l.Run }),
		column(lines, func(l line) int { return l.Seq }),
		column(lines, func(l line) int { return l.Lease.Epoch }),
		column(lines, func(l line) time.Time { return stampOf(l.At).Time }),
		column(lines, func(l line) string { return string(l.Type) }),
		column(lines, func(l line) string { return l.Node }),
		column(lines, func(l line) int { return l.Iteration }),
		column(lines, func(l line) string { return l.Call }),
		column(lines, func(l line) json.RawMessage { return l.Data }),
	}
}

// appendOutcome finds out whether an attempt has written its records: each is in
// the journal, by the same attempt and at the same place.
func (s *Store) appendOutcome(ctx context.Context, e entry) (answer[none], bool, error) {
	for _, r := range e.records {
		var n int64
		err := s.db.WithContext(ctx).Raw(`select count(*) from journal where run_id = ? and seq = ? and epoch = ? and type = ? and node = ? and iteration = ? and call = ?`,
			e.lease.Run, r.Seq, e.lease.Epoch, r.Type, r.Node, r.Iteration, r.Call).Scan(&n).Error
		if err != nil || n == 0 {
			return answer[none]{}, false, err
		}
	}
	return answer[none]{}, true, nil
}
