package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// ExpireAsks settles asks whose time has come, lets their runs go on, and
// returns how many there were. A timer is an ask that nobody answers.
func (f Fleet) ExpireAsks(ctx context.Context, limit int) (int, error) {
	return f.settleAsks(ctx, `where status = 'open' and until is not null and until <= $1 order by until limit $2`,
		func(c *change) []any { return []any{c.now, limit} },
		func(context.Context, *change, askRow) (AskStatus, run.Answer, error) {
			return AskExpired, run.Answer{Decision: run.Expired}, nil
		})
}

// AnswerParents tells runs that wait for the end of a run which they started how
// it ended, and returns how many were told. Whoever ends such a run does it at
// once; this is for ends that nobody announced.
func (f Fleet) AnswerParents(ctx context.Context, limit int) (int, error) {
	return f.settleAsks(ctx, `where status = 'open' and child_id is not null
 and exists (select 1 from runs r where r.id = child_id and r.finished_at is not null) order by child_id limit $1`,
		func(*change) []any { return []any{limit} }, childEnd)
}

// AnswerParent is AnswerParents for one run that has just ended.
func (f Fleet) AnswerParent(ctx context.Context, child uuid.UUID) (int, error) {
	return f.settleAsks(ctx, `where status = 'open' and child_id = $1`, func(*change) []any { return []any{child} }, childEnd)
}

// childEnd reads the end of the run that an ask waits for.
func childEnd(ctx context.Context, c *change, a askRow) (AskStatus, run.Answer, error) {
	r, err := c.run(ctx, *a.ChildID)
	if err != nil {
		return "", run.Answer{}, err
	}
	output, err := json.Marshal(run.ChildEnd{
		Run: r.ID, Status: r.Status, Response: r.Response, Error: r.Error, ErrorCode: r.ErrorCode, Usage: r.Usage,
	})
	return AskAnswered, run.Answer{Decision: run.Given, Output: output, By: "run:" + r.ID.String()}, err
}

// settleAsks settles the open asks that a condition finds. The rows of their
// runs are locked first, in the order of their ids, and those that somebody
// else is moving are left for the next time.
func (f Fleet) settleAsks(ctx context.Context, where string, args func(*change) []any, how settlement) (n int, err error) {
	err = f.s.change(ctx, func(c *change) error {
		n = 0
		due, err := c.asks(ctx, where, args(c)...)
		if err != nil || len(due) == 0 {
			return err
		}
		byRun := map[uuid.UUID][]askRow{}
		for _, a := range due {
			byRun[a.RunID] = append(byRun[a.RunID], a)
		}
		for _, id := range sortedIDs(byRun) {
			held, err := c.lives(ctx, `where id = $1`+c.skip, id)
			if err != nil {
				return err
			}
			if len(held) == 0 {
				continue
			}
			of := held[0]
			for _, a := range byRun[id] {
				status, answer, err := how(ctx, c, a)
				if err != nil {
					return err
				}
				refusal, err := c.settleAsk(ctx, of, a.ID, status, answer)
				if err != nil {
					return err
				}
				if refusal == nil {
					of = of.answer(c.now)
					n++
				}
			}
		}
		return nil
	})
	return n, err
}

// settlement says how an ask is settled.
type settlement func(context.Context, *change, askRow) (AskStatus, run.Answer, error)

func sortedIDs[V any](m map[uuid.UUID]V) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return ids
}
