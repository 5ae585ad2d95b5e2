package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// AskFilter narrows a list of asks; zero fields do not.
type AskFilter struct {
	Run          uuid.UUID
	Status       AskStatus
	Reasons      []run.Reason
	Environments []string
}

// Asks lists what runs of the workspace asked, newest first. An open ask of a
// run that has ended is not listed as open: nobody waits for it.
func (t Tenant) Asks(ctx context.Context, f AskFilter, p Page) (asks []Ask, next string, err error) {
	query := t.rows(t.db(ctx), "asks").Select(askColumns)
	if f.Run != uuid.Nil {
		query = query.Where("run_id = ?", f.Run)
	}
	switch f.Status {
	case "":
	case AskOpen:
		query = query.Where("status = ? and exists (select 1 from runs r where r.id = asks.run_id and r.finished_at is null)", f.Status)
	default:
		query = query.Where("status = ?", f.Status)
	}
	if len(f.Reasons) > 0 {
		query = query.Where("reason in ?", f.Reasons)
	}
	if len(f.Environments) > 0 {
		query = query.Where("environment in ?", f.Environments)
	}
	rows, next, err := newest[askRow](t, "asks", "id", p, query)
	return nouns(rows, askRow.noun), next, err
}

// Ask is one thing that a run of the workspace asked. Fault: NotFound.
func (t Tenant) Ask(ctx context.Context, id uuid.UUID) (Ask, error) {
	var rows []askRow
	if err := t.rows(t.db(ctx), "asks").Select(askColumns).Where("id = ?", id).Find(&rows).Error; err != nil {
		return Ask{}, translate(err)
	}
	if len(rows) == 0 {
		return Ask{}, fault.New(fault.NotFound, "nothing was asked under the id %q", id)
	}
	return rows[0].noun(), nil
}

// settled reads what became of the asks of a run.
func (t Tenant) settled(ctx context.Context, r run.Run) ([]run.Settled, error) {
	var rows []askRow
	err := t.rows(t.db(ctx), "asks").Select(askColumns).Where("run_id = ? and status in ?", r.ID, []AskStatus{AskAnswered, AskExpired}).
		Order("settled_at, id").Find(&rows).Error
	return nouns(rows, func(row askRow) run.Settled {
		a := row.noun()
		return run.Settled{Ask: a.ID, Step: a.Step, Answer: a.Answer}
	}), translate(err)
}
