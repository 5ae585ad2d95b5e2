package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onsethq/onset/pkg/run"
)

// Admit reserves slots for queued runs of the class, at most limit, where their
// workspaces have room: the oldest of each workspace first, workspaces in turn.
// What it returns is to be rung. Ask for sync before bg: they share the room.
func (f Fleet) Admit(ctx context.Context, class run.Class, limit int) ([]run.Lease, error) {
	leases, err := f.s.hot.admit(ctx, class, limit)
	return leases, translate(err)
}

// Fits says whether Admit would find a workspace that has both a queue and room,
// of whatever class: one look that locks nothing.
func (f Fleet) Fits(ctx context.Context) (bool, error) {
	yes, err := f.s.hot.fits(ctx)
	return yes, translate(err)
}

// admitQueued locks the counters of workspaces that have both a queue and room,
// and waits for them: a busy workspace's row is locked most of the time, and one
// that skipped it would starve. It holds nothing else while it waits. The runs
// it skips when locked, because who holds a run may wait for its counters.
const admitQueued = `
with k as (
  select c.workspace_id as w, c.admitted - ` + released + ` as admitted, c.cap - c.admitted + ` + released + ` as room from workspace_counters c
  where c.queued > 0 and c.admitted - ` + released + ` < c.cap order by c.workspace_id for no key update
), p as (
  select q.id, k.admitted, row_number() over (partition by k.w order by q.created_at, q.id) as rn
  from k cross join lateral (
    select r.id, r.created_at from runs r
    where r.workspace_id = k.w and r.class = $1 and r.status = 'pending' and r.admit_epoch < r.epoch
      and r.next_at <= now() and r.cancel_at is null
    order by r.created_at, r.id limit least(k.room, $2) for no key update skip locked) q
), chosen as (
  select * from p order by rn, id limit $2
), a as (
  update runs r set admit_epoch = r.epoch, status_reason = 'queued', bell_seq = 1, bell_at = now() + $4::bigint * interval '1 microsecond',
    turn_at = now() + (c.admitted + c.rn) * $3::bigint * interval '1 microsecond'
  from chosen c where r.id = any(array(select id from chosen)) and r.id = c.id and case r.status when 'pending' then r.admit_epoch < r.epoch else false end
  returning r.id, r.epoch, r.workspace_id
), n as (
  select workspace_id as w, count(*) as n from a group by workspace_id
), x as (
  update workspace_counters c set admitted = c.admitted + n.n, queued = c.queued - n.n from n
  where c.workspace_id = any(array(select w from n)) and c.workspace_id = n.w
)
select id, epoch from a`

func (b batched) admit(ctx context.Context, class run.Class, limit int) ([]run.Lease, error) {
	rows, err := b.hot.Query(ctx, admitQueued, string(class), limit, turn.Microseconds(), firstPatience.Microseconds())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLease)
}

func scanLease(row pgx.CollectableRow) (l run.Lease, err error) {
	err = row.Scan(&l.Run, &l.Epoch)
	return l, err
}

func (p plain) admit(ctx context.Context, class run.Class, limit int) (leases []run.Lease, err error) {
	err = p.s.change(ctx, func(c *change) error {
		leases = nil
		queued, err := c.admissible(ctx, class, limit)
		if err != nil {
			return err
		}
		for _, q := range inTurn(queued, limit) {
			c.save(q.life, q.admit(c.now, q.place))
			leases = append(leases, q.lease())
		}
		return nil
	})
	return leases, err
}

// somebodyFits asks whether a workspace has both a queue and room.
const somebodyFits = `select exists (select 1 from workspace_slots where queued > 0 and admitted < cap)`

func (b batched) fits(ctx context.Context) (yes bool, err error) {
	err = b.hot.QueryRow(ctx, somebodyFits).Scan(&yes)
	return yes, err
}

func (p plain) fits(ctx context.Context) (yes bool, err error) {
	err = p.s.readers.WithContext(ctx).Raw(somebodyFits).Scan(&yes).Error
	return yes, err
}

// candidate is a queued run that fits: the nth of its workspace, and its place
// among the admitted ones.
type candidate struct {
	life
	nth, place int
}

// inTurn lets workspaces alternate: the first of each, then the second.
func inTurn(all []candidate, limit int) []candidate {
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.nth, b.nth), cmp.Compare(a.id.String(), b.id.String()))
	})
	return all[:min(limit, len(all))]
}

// admissible finds the runs of the class for which their workspaces have room.
func (c *change) admissible(ctx context.Context, class run.Class, limit int) ([]candidate, error) {
	rows, err := c.QueryContext(ctx, `select workspace_id, admitted, cap - admitted from workspace_counters
 where queued > 0 and admitted < cap order by workspace_id`)
	if err != nil {
		return nil, err
	}
	type space struct {
		id             uuid.UUID
		admitted, room int
	}
	spaces, err := collect(rows, func(s *space) []any { return []any{&s.id, &s.admitted, &s.room} })
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, s := range spaces {
		lives, err := c.lives(ctx, `where workspace_id = $1 and class = $2 and status = 'pending' and admit_epoch < epoch
 and next_at <= $3 and cancel_at is null order by created_at, id limit $4`, s.id, class, c.now, min(s.room, limit))
		if err != nil {
			return nil, err
		}
		for i, l := range lives {
			all = append(all, candidate{l, i + 1, s.admitted + i + 1})
		}
	}
	return all, nil
}
