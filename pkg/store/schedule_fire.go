package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
)

// Clockwork decides about schedules. It must not use the store.
type Clockwork interface {
	Wants(g trigger.Trigger) Wants
	Rule(s Scheduled) Ruling
}

// Ruling is what is decided about a schedule.
type Ruling struct {
	Fires []Ruled
	// Cancel are runs to be ended.
	Cancel []uuid.UUID
	// Position is where the schedule stands from then on.
	Position Position
	// Pause is why the trigger is paused; empty when it is not.
	Pause string
}

// Ruled is what becomes of a moment.
type Ruled struct {
	trigger.Fire
	// Start is the run that it starts, whose id is that of the fire.
	Start *run.Start
	// Waited says that the moment was there before, waiting.
	Waited bool
}

// Fired is what a batch of schedules came to.
type Fired struct {
	// Schedules is how many were looked at.
	Schedules int
	Fires     []trigger.Fire
	Accepted  []run.Accepted
	// Ended are runs that were cancelled while nobody held them.
	Ended []uuid.UUID
	// Wait is how long nothing is due; negative when nothing ever is.
	Wait time.Duration
	// Broken are schedules that could not be acted upon, with the reason.
	Broken map[uuid.UUID]error
}

// Fire acts upon schedules whose moment has come, at most limit: what becomes of
// a moment, the run that it starts and the next moment are one transaction.
// Schedules that another process is acting upon are left to it. One that cannot
// be acted upon is marked broken and harms no other.
func (f Fleet) Fire(ctx context.Context, limit int, clockwork Clockwork) (Fired, error) {
	out, err := f.fire(ctx, limit, uuid.Nil, clockwork)
	if err == nil || ctx.Err() != nil || errors.Is(err, fault.Unavailable) {
		return out, err
	}
	return f.fireApart(ctx, limit, clockwork)
}

func (f Fleet) fire(ctx context.Context, limit int, only uuid.UUID, clockwork Clockwork) (out Fired, err error) {
	err = f.s.change(ctx, func(c *change) error {
		out = Fired{}
		rows, err := c.due(ctx, limit, only)
		if err != nil {
			return err
		}
		if out.Schedules = len(rows); len(rows) > 0 {
			if err := c.fire(ctx, rows, clockwork, &out); err != nil {
				return err
			}
		}
		out.Wait, err = c.calm(ctx)
		return err
	})
	if err != nil {
		return Fired{}, err
	}
	return out, nil
}

// fireApart acts upon each schedule in a transaction of its own, when together
// they could not be.
func (f Fleet) fireApart(ctx context.Context, limit int, clockwork Clockwork) (Fired, error) {
	all := Fired{Broken: map[uuid.UUID]error{}}
	var ids []uuid.UUID
	err := f.s.change(ctx, func(c *change) error {
		rows, err := c.due(ctx, limit, uuid.Nil)
		ids = nouns(rows, func(r scheduleRow) uuid.UUID { return r.TriggerID })
		return err
	})
	if err != nil {
		return all, err
	}
	for _, id := range ids {
		one, err := f.fire(ctx, 1, id, clockwork)
		if ctx.Err() != nil || errors.Is(err, fault.Unavailable) {
			return all, err
		}
		if err != nil {
			all.Broken[id] = err
			if err := f.breakSchedule(ctx, id); err != nil {
				return all, err
			}
		}
		all.Schedules++
		all.Fires = append(all.Fires, one.Fires...)
		all.Accepted = append(all.Accepted, one.Accepted...)
		all.Ended = append(all.Ended, one.Ended...)
	}
	return all, nil
}

// breakSchedule stops a schedule that cannot be acted upon. It begins anew when
// its trigger is changed.
func (f Fleet) breakSchedule(ctx context.Context, id uuid.UUID) error {
	return f.s.change(ctx, func(c *change) error {
		_, err := c.affect(ctx, `update schedules set broken = $2, broken_at = $3, next_at = null, nominal_at = null where trigger_id = $1`,
			id, "it could not be acted upon: "+saveAgain, c.now)
		return err
	})
}

const nextDue = `select next_at from schedules where next_at is not null order by next_at limit 1`

// calm is how long nothing is due.
func (c *change) calm(ctx context.Context) (time.Duration, error) {
	rows, err := c.QueryContext(ctx, nextDue)
	if err != nil {
		return 0, err
	}
	first, err := collect(rows, func(s *stamp) []any { return []any{s} })
	if err != nil || len(first) == 0 {
		return -1, err
	}
	return max(first[0].Sub(c.now.Time), 0), nil
}

// longestRuling bounds how long a transaction computes, so that schedules which
// take long hold up no others.
const longestRuling = 2 * time.Second

// fire acts upon the schedules that it holds.
func (c *change) fire(ctx context.Context, rows []scheduleRow, clockwork Clockwork, out *Fired) error {
	all, err := c.scheduled(ctx, rows, clockwork.Wants)
	if err != nil {
		return err
	}
	var ruled []Ruled
	var stand [][]any
	var changed []uuid.UUID
	began := time.Now()
	for i, s := range all {
		if time.Since(began) > longestRuling {
			break // the rest is still due
		}
		r := clockwork.Rule(s)
		if r.Pause != "" {
			paused, err := c.pauseTrigger(ctx, s.Trigger, r.Pause)
			if err != nil {
				return err
			}
			if !paused {
				continue // somebody is changing it: next time
			}
			changed = append(changed, s.Trigger.Workspace)
		}
		ended, err := c.cancelAll(ctx, r.Cancel)
		if err != nil {
			return err
		}
		out.Ended = append(out.Ended, ended...)
		ruled = append(ruled, r.Fires...)
		stand = append(stand, rows[i].at(r.Position).line())
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	if ruled, err = c.firstOnly(ctx, rows, ruled); err != nil {
		return err
	}
	if err := c.startAll(ctx, ruled, changed, out); err != nil {
		return err
	}
	return c.stand(ctx, stand)
}

// stand writes where schedules stand, all in one statement: many may come at the
// same second.
func (c *change) stand(ctx context.Context, lines [][]any) error {
	doc, err := jsonRows(lines)
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, c.dialect.stand(), doc)
	return err
}

func (d dialect) stand() string {
	if d == sqlite {
		return `update schedules set nominal_at = j.value ->> 1, next_at = j.value ->> 2, gap_from = j.value ->> 3, gap_until = j.value ->> 4,
 fired = j.value ->> 5, broken = j.value ->> 6, broken_at = j.value ->> 7 from json_each($1) j where schedules.trigger_id = j.value ->> 0`
	}
	return `update schedules s set nominal_at = (j ->> 1)::timestamptz, next_at = (j ->> 2)::timestamptz, gap_from = (j ->> 3)::timestamptz,
 gap_until = (j ->> 4)::timestamptz, fired = (j ->> 5)::int, broken = j ->> 6, broken_at = (j ->> 7)::timestamptz
 from jsonb_array_elements($1::jsonb) j where s.trigger_id = (j ->> 0)::uuid`
}

// at is the row of a schedule that stands elsewhere.
func (r scheduleRow) at(p Position) scheduleRow {
	r.NominalAt, r.NextAt, r.GapFrom, r.GapUntil = stamped(p.Nominal), stamped(p.Look), stamped(p.PauseFrom), stamped(p.PauseUntil)
	r.Fired, r.Broken, r.BrokenAt = p.Fired, p.Broken, stamped(p.BrokenSince)
	return r
}

func (r scheduleRow) line() []any {
	return []any{r.TriggerID, r.NominalAt, r.NextAt, r.GapFrom, r.GapUntil, r.Fired, r.Broken, r.BrokenAt}
}

// pauseTrigger pauses a trigger whose schedule is held, unless somebody is
// changing it and waits for the schedule.
func (c *change) pauseTrigger(ctx context.Context, g trigger.Trigger, why string) (bool, error) {
	rows, err := c.QueryContext(ctx, `select id from triggers where id = $1 and status = 'active'`+c.skip, g.ID)
	if err != nil {
		return false, err
	}
	if held, err := collect(rows, func(id *uuid.UUID) []any { return []any{id} }); err != nil || len(held) == 0 {
		return false, err
	}
	if _, err := c.affect(ctx, `update triggers set status = 'paused', paused_reason = $2, revision = revision + 1, updated_at = $3 where id = $1`,
		g.ID, why, c.now); err != nil {
		return false, err
	}
	if _, err := c.affect(ctx, `insert into auto_pauses (trigger_id, workspace_id, paused_at) values ($1, $2, $3) on conflict do nothing`, g.ID, g.Workspace, c.now); err != nil {
		return false, err
	}
	m := audit.Mark{Entry: audit.Entry{Actor: audit.Itself, Action: "trigger.pause"}}
	m.Changed("trigger/"+g.Name, audit.Fields{"status": trigger.Active, "paused_reason": ""}, audit.Fields{"status": trigger.Paused, "paused_reason": why})
	return true, writeEntry(ctx, c, g.Workspace, m.Entry, c.now, c.auditKeep)
}

// cancelAll asks runs to end and says which have, because nobody held them.
func (c *change) cancelAll(ctx context.Context, ids []uuid.UUID) (ended []uuid.UUID, err error) {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return cmp.Compare(a.String(), b.String()) })
	for _, id := range ids {
		of, err := c.lives(ctx, `where id = $1`+c.wait, id)
		if err != nil || len(of) == 0 {
			return ended, err
		}
		after, finished := of[0].cancel(c.now, run.Overlap)
		if finished != nil {
			continue
		}
		c.save(of[0], after)
		if after.status.Terminal() {
			ended = append(ended, id)
		}
	}
	return ended, nil
}

// firstOnly writes the moments and keeps those that nobody has written before:
// a clock that jumps back, or a lock that was lost, starts nothing twice.
func (c *change) firstOnly(ctx context.Context, rows []scheduleRow, ruled []Ruled) ([]Ruled, error) {
	spaces := map[uuid.UUID]uuid.UUID{}
	for _, r := range rows {
		spaces[r.TriggerID] = r.WorkspaceID
	}
	var lines [][]any
	for _, r := range ruled {
		if !r.Waited {
			lines = append(lines, fireLine(spaces[r.Trigger], r.Fire))
		}
	}
	if len(lines) == 0 {
		return ruled, nil
	}
	written := map[fireKey]bool{}
	if err := insertFires(ctx, c, c.dialect, lines, written); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(ruled, func(r Ruled) bool { return !r.Waited && !written[keyOf(r.Fire)] }), nil
}

// startAll accepts the runs of moments, as a call does: within the caps of their
// workspaces. It holds the counters, in the order of their ids, also of workspaces
// that have changed and count it at the end.
func (c *change) startAll(ctx context.Context, ruled []Ruled, changed []uuid.UUID, out *Fired) error {
	rooms, err := c.rooms(ctx, ruled, changed)
	if err != nil {
		return err
	}
	for _, r := range ruled {
		wanted := r.Start != nil
		if wanted {
			if err := c.startOne(ctx, rooms, &r, out); err != nil {
				return err
			}
		}
		if wanted && r.Disposition != trigger.Started || r.Waited {
			if err := c.amend(ctx, r.Fire); err != nil {
				return err
			}
		}
		out.Fires = append(out.Fires, r.Fire)
	}
	return nil
}

// startOne accepts the run of a moment, or says why there is none.
func (c *change) startOne(ctx context.Context, rooms map[uuid.UUID]*room, r *Ruled, out *Fired) error {
	item, err := newStarting(r.Start.Run.Workspace, *r.Start)
	if err != nil {
		r.Disposition, r.Reason, r.Run = trigger.SkippedError, err.Error(), uuid.Nil
		return nil
	}
	a, err := c.accept(ctx, rooms, item)
	switch {
	case err != nil:
		return err
	case a.err != nil:
		r.Disposition, r.Reason, r.Run = trigger.SkippedQueueFull, a.err.Error(), uuid.Nil
	default:
		out.Accepted = append(out.Accepted, a.value)
	}
	return nil
}

// amend writes what became of a moment after it was written.
func (c *change) amend(ctx context.Context, f trigger.Fire) error {
	_, err := c.affect(ctx, `update fires set disposition = $4, reason = $5, run_id = $6, decided_at = $7
 where trigger_id = $1 and nominal_at = $2 and environment = $3`,
		f.Trigger, stampOf(f.At), f.Environment, string(f.Disposition), shortReason(f.Reason), optional(f.Run), c.now)
	return err
}

// rooms reads and holds what the workspaces of starts have left, and the others.
func (c *change) rooms(ctx context.Context, ruled []Ruled, others []uuid.UUID) (map[uuid.UUID]*room, error) {
	spaces := others
	for _, r := range ruled {
		if r.Start != nil {
			spaces = append(spaces, r.Start.Run.Workspace)
		}
	}
	if len(spaces) == 0 {
		return nil, nil
	}
	which, arg := c.among("workspace_id", spaces)
	rows, err := c.QueryContext(ctx, `select workspace_id, admitted - `+released+`, queued, cap, queue_cap from workspace_counters c
 where `+which+` order by workspace_id`+c.wait, arg)
	if err != nil {
		return nil, err
	}
	type line struct {
		id uuid.UUID
		room
	}
	lines, err := collect(rows, func(l *line) []any { return []any{&l.id, &l.admitted, &l.queued, &l.cap, &l.queueCap} })
	all := make(map[uuid.UUID]*room, len(lines))
	for i := range lines {
		all[lines[i].id] = &lines[i].room
	}
	return all, err
}
