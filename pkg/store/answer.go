package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Answer puts a waiting run of the workspace back in line, with the records
// that say what was answered. records gets the run and the next free sequence
// number; it must not use the store. Faults: NotFound, NotWaiting.
func (t Tenant) Answer(ctx context.Context, id uuid.UUID, records func(r run.Run, nextSeq int) []run.Record) (r run.Run, err error) {
	err = t.change(ctx, func(c *change) error {
		before, err := c.own(ctx, t.ws, id)
		if err != nil {
			return err
		}
		if before.status != run.StatusWaiting {
			return fault.New(fault.NotWaiting, "run %q is not waiting for an answer", id)
		}
		if r, err = c.run(ctx, id); err != nil {
			return err
		}
		var last int
		if err := c.QueryRowContext(ctx, `select coalesce(max(seq), 0) from journal where run_id = $1`, id).Scan(&last); err != nil {
			return err
		}
		item, err := newEntry(before.lease(), records(r, last+1))
		if err != nil {
			return err
		}
		c.record(item.lease, item.records)
		c.save(before, before.answer(c.now))
		r, err = c.run(ctx, id)
		return err
	})
	return r, err
}
