package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/run"
)

// Beat is what a worker learns of a run when it renews the lease.
type Beat struct {
	Cancel       bool // somebody wants the run to stop
	CancelReason run.Reason
}

// Beat renews leases for as long again. A run that is missing in the answer is
// lost: another attempt owns it, or it is over. A lease that has expired and
// was not taken away yet is renewed.
func (f Fleet) Beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]Beat, error) {
	if len(leases) == 0 {
		return map[uuid.UUID]Beat{}, nil
	}
	beats, err := f.s.hot.beat(ctx, leases)
	return beats, translate(err)
}

// renewLeases changes no indexed column, so that on Postgres a heartbeat stays
// inside its page.
const renewLeases = `
update runs r set lease_until = now() + $3::bigint * interval '1 microsecond'
from (select * from unnest($1::uuid[], $2::int[]) as u (run, epoch) order by run) h
where r.id = any($1) and r.id = h.run and r.epoch = h.epoch and case r.status when 'running' then true else false end
returning r.id, r.cancel_at is not null, r.cancel_reason`

func (b batched) beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]Beat, error) {
	beats, err := b.tryBeat(ctx, leases)
	for n := 1; n < batchTries && deadlock(err); n++ {
		beats, err = b.tryBeat(ctx, leases)
	}
	return beats, err
}

func (b batched) tryBeat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]Beat, error) {
	rows, err := b.beats.Query(ctx, renewLeases, leaseRuns(leases), leaseEpochs(leases), b.terms.Lease.Microseconds())
	if err != nil {
		return nil, err
	}
	beats := make(map[uuid.UUID]Beat, len(leases))
	var id uuid.UUID
	var beat Beat
	_, err = pgx.ForEachRow(rows, []any{&id, &beat.Cancel, &beat.CancelReason}, func() error {
		beats[id] = beat
		return nil
	})
	return beats, err
}

func leaseRuns(leases []run.Lease) []uuid.UUID {
	return column(leases, func(l run.Lease) uuid.UUID { return l.Run })
}

func leaseEpochs(leases []run.Lease) []int {
	return column(leases, func(l run.Lease) int { return l.Epoch })
}

func (p plain) beat(ctx context.Context, leases []run.Lease) (beats map[uuid.UUID]Beat, err error) {
	err = p.s.change(ctx, func(c *change) error {
		beats = make(map[uuid.UUID]Beat, len(leases))
		for _, l := range leases {
			var b Beat
			err := c.QueryRowContext(ctx, `update runs set lease_until = $3 where id = $1 and epoch = $2 and status = 'running'
 returning cancel_at is not null, cancel_reason`, l.Run, l.Epoch, c.now.plus(p.s.terms.Lease)).Scan(&b.Cancel, &b.CancelReason)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			beats[l.Run] = b
		}
		return nil
	})
	return beats, err
}
