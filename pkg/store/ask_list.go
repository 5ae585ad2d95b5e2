package store

import (
	"context"
	"strings"

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
	Graph        string
	// Assignee is one of those whom the question is for.
	Assignee string
}

// standing is an ask's status as it is shown. The end of a run closes what it
// still asked, and does not write that down.
const standing = `(case when asks.status = 'open' and exists (select 1 from runs r where r.id = asks.run_id and r.finished_at is not null)
 then 'closed' else asks.status end)`

// askShown are the columns of an ask that is shown.
var askShown = strings.Replace(askColumns, " status,", " "+standing+" as status,", 1)

// assigned is the condition that a question is for somebody.
var assigned = map[dialect]string{
	postgres: `jsonb_exists(asks.question -> 'assignees', ?)`,
	sqlite:   `exists (select 1 from json_each(asks.question, '$.assignees') where value = ?)`,
}

// Asks lists what runs of the workspace asked, newest first.
func (t Tenant) Asks(ctx context.Context, f AskFilter, p Page) (asks []Ask, next string, err error) {
	query := t.rows(t.db(ctx), "asks").Select(askShown)
	if f.Run != uuid.Nil {
		query = query.Where("run_id = ?", f.Run)
	}
	switch f.Status {
	case "":
	case AskOpen: // in the words of the index asks_open
		query = query.Where("asks.status = 'open' and exists (select 1 from runs r where r.id = asks.run_id and r.finished_at is null)")
	default:
		query = query.Where(standing+" = ?", f.Status)
	}
	if f.Graph != "" {
		query = query.Where("graph_name = ?", f.Graph)
	}
	if f.Assignee != "" {
		query = query.Where(assigned[t.s.dialect], f.Assignee)
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
	if err := t.rows(t.db(ctx), "asks").Select(askShown).Where("id = ?", id).Find(&rows).Error; err != nil {
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
