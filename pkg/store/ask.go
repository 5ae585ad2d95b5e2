package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Ask is something that a run waits for, as the rest of the world sees it.
type Ask struct {
	run.Ask
	Workspace   uuid.UUID
	Run         uuid.UUID
	Step        run.Step
	Environment string
	Graph       string
	Status      AskStatus
	AskedAt     time.Time

	// What became of it; zero while it is open.
	Answer    run.Answer
	SettledAt *time.Time
}

// AskStatus is whether somebody is still waited for.
type AskStatus string

// AskStatuses are all of them.
var AskStatuses = []AskStatus{AskOpen, AskAnswered, AskExpired, AskClosed}

const (
	AskOpen     AskStatus = "open"
	AskAnswered AskStatus = "answered"
	AskExpired  AskStatus = "expired"
	AskClosed   AskStatus = "closed" // the run, or the step, ended before anybody answered
)

// asks says whether a step begins or ceases to wait with these records. It
// happens seldom, so it needs no place in the batches of the rest.
func (e entry) asks() bool {
	return slices.ContainsFunc(e.records, func(r run.Record) bool { return r.Type == run.Waiting || r.Type == run.Withdrawn })
}

// alone writes records in a transaction of their own, with a row for each that
// asks and for each that is large, and with the end of each that is withdrawn.
func (s *Store) alone(ctx context.Context, e entry) error {
	return s.change(ctx, func(c *change) error {
		held, err := c.lives(ctx, `where id = $1 and status = 'running'`+c.wait, e.lease.Run)
		if err != nil {
			return err
		}
		if len(held) == 0 || !holds(held[0].epoch, e.lease) {
			return fenced(e.lease).err
		}
		if err := c.record(e.lease, e.records); err != nil {
			return err
		}
		if err := c.flush(ctx); err != nil {
			return err
		}
		for _, r := range e.records {
			var err error
			switch r.Type {
			case run.Waiting:
				err = c.ask(ctx, held[0], r)
			case run.Withdrawn:
				err = c.withdraw(ctx, held[0], r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *change) ask(ctx context.Context, of life, r run.Record) error {
	var a run.Ask
	if err := json.Unmarshal(r.Data, &a); err != nil {
		return fmt.Errorf("read what a step asks: %w", err)
	}
	var question *string
	if len(a.Question) > 0 {
		text := string(a.Question)
		question = &text
	}
	_, err := c.ExecContext(ctx, `
insert into asks (id, workspace_id, run_id, environment, graph_name, node, iteration, call, reason, question, until, asked_at)
select $1, workspace_id, id, environment, graph_name, $3, $4, $5, $6, $7, $8, $9 from runs where id = $2`,
		a.ID, of.id, r.Node, r.Iteration, r.Call, a.Reason, question, stamped(a.Until), c.now)
	if err != nil || a.Child == nil {
		return err
	}
	return c.begins(ctx, of, a)
}

// withdraw closes what a step asked that has ended without the answer.
func (c *change) withdraw(ctx context.Context, of life, r run.Record) error {
	_, err := c.ExecContext(ctx, `update asks set status = 'closed', settled_at = $5
 where run_id = $1 and node = $2 and iteration = $3 and call = $4 and status = 'open'`, of.id, r.Node, r.Iteration, r.Call, c.now)
	return err
}

// closeAsks closes what a run still asks: it ends while it waits.
func (c *change) closeAsks(ctx context.Context, of uuid.UUID) error {
	_, err := c.ExecContext(ctx, `update asks set status = 'closed', settled_at = $2 where run_id = $1 and status = 'open'`, of, c.now)
	return err
}

type askRow struct {
	ID          uuid.UUID
	WorkspaceID uuid.UUID
	RunID       uuid.UUID
	Environment string
	GraphName   string
	Node        string
	Iteration   int
	Call        string
	Reason      run.Reason
	Question    *document[json.RawMessage]
	Until       *stamp
	Status      AskStatus
	Answer      *document[run.Answer]
	AnsweredBy  string
	AskedAt     stamp
	SettledAt   *stamp
}

const askColumns = `id, workspace_id, run_id, environment, graph_name, node, iteration, call, reason, question, until,
 status, answer, answered_by, asked_at, settled_at`

func (r *askRow) fields() []any {
	return []any{&r.ID, &r.WorkspaceID, &r.RunID, &r.Environment, &r.GraphName, &r.Node, &r.Iteration, &r.Call, &r.Reason, &r.Question,
		&r.Until, &r.Status, &r.Answer, &r.AnsweredBy, &r.AskedAt, &r.SettledAt}
}

func (askRow) TableName() string { return "asks" }

func (r askRow) place() string { return r.ID.String() }

func (r askRow) noun() Ask {
	a := Ask{
		Ask:       run.Ask{ID: r.ID, Reason: r.Reason, Until: moment(r.Until)},
		Workspace: r.WorkspaceID, Run: r.RunID, Step: run.Step{Node: r.Node, Iteration: r.Iteration, Call: r.Call},
		Environment: r.Environment, Graph: r.GraphName,
		Status: r.Status, AskedAt: r.AskedAt.Time, SettledAt: moment(r.SettledAt),
	}
	if r.Question != nil {
		a.Question = r.Question.V
	}
	if r.Answer != nil {
		a.Answer = r.Answer.V
	}
	a.Answer.By = r.AnsweredBy
	return a
}
