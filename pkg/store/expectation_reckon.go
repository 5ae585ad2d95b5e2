package store

import "context"

// overdue are expectations that were not met in time as far as is known, behind
// a place in their order.
const overdue = `select trigger_id, environment, every_s, met_at, due_at from expectations
 where due_at <= $1 and (due_at, trigger_id, environment) > ($2, $3, $4) order by due_at, trigger_id, environment limit $5`

// succeeded looks for a success of a trigger after a moment, among its newest
// runs: when more than that many have begun since, they count for nothing. The
// range instead of an equality keeps a planner from walking through everybody's.
const succeeded = `select finished_at from (
 select status, finished_at, environment from runs
 where trigger_id is not null and (trigger_id, id) >= ($1, '00000000-0000-0000-0000-000000000000') and (trigger_id, id) <= ($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
 order by trigger_id desc, id desc limit 20000) r
 where status = 'completed' and finished_at > $2 and ($3 = '' or environment = $3) limit 1`

// reckoned is how many expectations one transaction looks at.
const reckoned = 200

// reckon looks for the successes of all expectations that seem overdue, and puts
// off those that are met. Whoever does it, and however many, comes to the same.
func (s *Store) reckon(ctx context.Context) error {
	var last expectationRow
	for more := true; more; {
		err := s.change(ctx, func(c *change) error {
			rows, err := c.QueryContext(ctx, overdue, c.now, last.DueAt, last.TriggerID, last.Environment, reckoned)
			if err != nil {
				return err
			}
			all, err := collect(rows, func(r *expectationRow) []any {
				return []any{&r.TriggerID, &r.Environment, &r.EveryS, &r.MetAt, &r.DueAt}
			})
			if err != nil {
				return err
			}
			for _, r := range all {
				if err := c.reckon(ctx, r); err != nil {
					return err
				}
				last = r
			}
			more = len(all) == reckoned
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *change) reckon(ctx context.Context, r expectationRow) error {
	rows, err := c.QueryContext(ctx, succeeded, r.TriggerID, c.now.plus(-r.every()), r.Environment)
	if err != nil {
		return err
	}
	found, err := collect(rows, func(at *stamp) []any { return []any{at} })
	if err != nil || len(found) == 0 {
		return err
	}
	_, err = c.affect(ctx, `update expectations set met_at = $4, due_at = $5 where trigger_id = $1 and environment = $2 and due_at = $3`,
		r.TriggerID, r.Environment, r.DueAt, found[0], found[0].plus(r.every()))
	return err
}
