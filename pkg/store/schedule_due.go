package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Scheduled is a schedule that is to be looked at, with what a decision about it
// needs.
type Scheduled struct {
	Trigger   trigger.Trigger
	Workspace tenant.Workspace // its id, default environment and switch
	// Builds are those that the trigger starts, by environment.
	Builds map[string]int
	Now    time.Time

	Position Position
	// Waiting are moments that wait for a run to end, the oldest first.
	Waiting []trigger.Fire
	// Recent are the newest runs of the trigger, the newest first, when they are
	// wanted. Output is the response of the newest that completed.
	Recent []Recent
	Output any
	// Ended are the newest runs that completed or failed, the newest first, as many
	// as are wanted. What a backfill started says nothing of now and is left out.
	Ended []Recent
}

// Position is where a schedule stands.
type Position struct {
	// Nominal is the first moment that is not accounted for; nil when the
	// schedule is over.
	Nominal *time.Time
	// PauseFrom and PauseUntil are the first moment of a pause that is not
	// accounted for, and the end of the pause; nil when there is none.
	PauseFrom, PauseUntil *time.Time
	// Look is when to look again; nil means never.
	Look *time.Time
	// Fired is how many moments have been accounted for, but for pauses.
	Fired int
	// Since is when it began to fire so.
	Since time.Time
	// Broken is why it cannot fire.
	Broken string
	// BrokenSince is since when; nil while it is not.
	BrokenSince *time.Time
}

// Recent is a run that a trigger started lately.
type Recent struct {
	ID          uuid.UUID
	Environment string
	Status      run.Status
	Error       string
	Cause       run.Cause
	CreatedAt   time.Time
}

// Wants is what a decision about a trigger needs to know.
type Wants struct {
	Recent, Output bool
	Ended          int // how many
}

// recentRuns is how far a decision looks back for what has not ended. A schedule
// that minds overlaps starts nothing while a run of it goes on, so that one is
// among its newest runs: an older one is not seen only when people or other
// policies have started a hundred since. To look at all that a trigger ever
// started would take longer the longer it is used, or an index that every run of
// every trigger pays for.
const recentRuns = 100

// noun is a position as others see it.
func (r scheduleRow) noun() Position {
	p := Position{
		Nominal: moment(r.NominalAt), PauseFrom: moment(r.GapFrom), PauseUntil: moment(r.GapUntil), Look: moment(r.NextAt),
		Fired: r.Fired, Since: r.Since.Time, Broken: r.Broken, BrokenSince: moment(r.BrokenAt),
	}
	if r.unreadable && p.Broken == "" {
		p.Broken = "where it stands cannot be read: " + saveAgain
	}
	return p
}

// saveAgain is what mends a schedule.
const saveAgain = "save the trigger to let it begin anew"

// due locks schedules that are to be looked at and that nobody else is looking
// at; only is one of them, or the zero id.
func (c *change) due(ctx context.Context, limit int, only uuid.UUID) ([]scheduleRow, error) {
	text, arg := dueSchedules+" order by next_at limit $2", any(limit)
	if only != uuid.Nil {
		text, arg = dueSchedules+" and trigger_id = $2", only
	}
	rows, err := c.QueryContext(ctx, text+c.unheld(), c.now, arg)
	if err != nil {
		return nil, err
	}
	return collect(rows, (*scheduleRow).fields)
}

const dueSchedules = "select " + scheduleColumns + " from schedules where next_at is not null and next_at <= $1"

// scheduled reads what decisions about schedules need. The schedules are locked,
// and whoever changes a trigger of one waits for that, so what is read here is
// what holds.
func (c *change) scheduled(ctx context.Context, rows []scheduleRow, wants func(trigger.Trigger) Wants) ([]Scheduled, error) {
	ids, spaces := make([]uuid.UUID, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i], spaces[i] = r.TriggerID, r.WorkspaceID
	}
	triggers, err := c.fullTriggers(ctx, ids)
	if err != nil {
		return nil, err
	}
	workspaces, err := c.switches(ctx, spaces)
	if err != nil {
		return nil, err
	}
	waiting, err := c.waiting(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []Scheduled
	for _, r := range rows {
		s := Scheduled{Now: c.now.Time, Position: r.noun(), Waiting: waiting[r.TriggerID], Workspace: workspaces[r.WorkspaceID]}
		s.Trigger, s.Builds = triggers[r.TriggerID].trigger, triggers[r.TriggerID].builds
		s.Trigger.ID, s.Trigger.Workspace = r.TriggerID, r.WorkspaceID
		if err := c.lookBack(ctx, &s, wants(s.Trigger)); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// armed is a trigger with the builds that it starts, by environment.
type armed struct {
	trigger trigger.Trigger
	builds  map[string]int
}

func (c *change) fullTriggers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]armed, error) {
	which, arg := c.among("t.id", ids)
	rows, err := c.QueryContext(ctx, `select `+targetColumns+`, coalesce(a.environment, '') from triggers t
 join graphs g on g.id = t.graph_id and g.workspace_id = t.workspace_id
 left join assignments a on a.workspace_id = t.workspace_id and a.graph_id = t.graph_id
 where t.deleted_at is null and `+which, arg)
	if err != nil {
		return nil, err
	}
	type line struct {
		targetRow
		environment string
	}
	lines, err := collect(rows, func(l *line) []any { return append(l.fields(), &l.environment) })
	if err != nil {
		return nil, err
	}
	all := map[uuid.UUID]armed{}
	for _, l := range lines {
		a, known := all[l.trigger.ID]
		if !known {
			a = armed{l.trigger.noun(), map[string]int{}}
		}
		if pinned := l.trigger.Build; pinned > 0 {
			for _, environment := range tenant.Environments {
				a.builds[environment] = pinned
			}
		} else if l.environment != "" {
			a.builds[l.environment] = l.starts
		}
		all[l.trigger.ID] = a
	}
	return all, nil
}

// switches are workspaces with what a start looks at.
func (c *change) switches(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]tenant.Workspace, error) {
	which, arg := c.among("id", ids)
	rows, err := c.QueryContext(ctx, `select id, name, default_environment, triggers_paused from workspaces where `+which, arg)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, func(w *tenant.Workspace) []any {
		return []any{&w.ID, &w.Name, &w.DefaultEnvironment, &w.TriggersPaused}
	})
	all := make(map[uuid.UUID]tenant.Workspace, len(list))
	for _, w := range list {
		all[w.ID] = w
	}
	return all, err
}

const waitingFires = `select ` + fireColumns + ` from fires where disposition = 'queued' and `

// waiting are the moments that wait for a run to end, by trigger.
func (c *change) waiting(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]trigger.Fire, error) {
	which, arg := c.among("trigger_id", ids)
	rows, err := c.QueryContext(ctx, waitingFires+which+` order by nominal_at`, arg)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, (*fireRow).fields)
	all := map[uuid.UUID][]trigger.Fire{}
	for _, r := range list {
		all[r.TriggerID] = append(all[r.TriggerID], r.noun())
	}
	return all, err
}

// newestRuns are the newest runs of a trigger. The range instead of an equality
// is what keeps a planner from walking back through everybody's.
const newestRuns = `select id, environment, status, error, cause, created_at from runs
 where trigger_id is not null and (trigger_id, id) >= ($1, '00000000-0000-0000-0000-000000000000') and (trigger_id, id) <= ($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
 order by trigger_id desc, id desc limit $2`

// newestEnded are the newest runs of a trigger that completed or failed.
const newestEnded = `select id, environment, status, error, cause, created_at from runs
 where trigger_id is not null and (trigger_id, id) >= ($1, '00000000-0000-0000-0000-000000000000') and (trigger_id, id) <= ($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
 and status in ('completed', 'failed') and cause ->> 'backfill' is null order by trigger_id desc, id desc limit $2`

func (c *change) lookBack(ctx context.Context, s *Scheduled, w Wants) (err error) {
	if w.Ended > 0 {
		if s.Ended, err = c.recent(ctx, newestEnded, s.Trigger.ID, w.Ended); err != nil {
			return err
		}
	}
	if !w.Recent && !w.Output {
		return nil
	}
	if s.Recent, err = c.recent(ctx, newestRuns, s.Trigger.ID, recentRuns); err != nil || !w.Output {
		return err
	}
	return c.lastOutput(ctx, s)
}

func (c *change) recent(ctx context.Context, text string, of uuid.UUID, most int) (all []Recent, err error) {
	rows, err := c.QueryContext(ctx, text, of, most)
	if err != nil {
		return nil, err
	}
	type line struct {
		Recent
		cause   document[run.Cause]
		created stamp
	}
	lines, err := collect(rows, func(l *line) []any {
		return []any{&l.ID, &l.Environment, &l.Status, &l.Error, &l.cause, &l.created}
	})
	for _, l := range lines {
		l.Cause, l.CreatedAt = l.cause.V, l.created.Time
		all = append(all, l.Recent)
	}
	return all, err
}

func (c *change) lastOutput(ctx context.Context, s *Scheduled) error {
	for _, r := range s.Recent {
		if r.Status != run.StatusCompleted {
			continue
		}
		var response *document[json.RawMessage]
		if err := c.QueryRowContext(ctx, `select response from runs where id = $1`, r.ID).Scan(&response); err != nil || response == nil {
			return err
		}
		var err error
		s.Output, err = strictjson.Value(response.V)
		return err
	}
	return nil
}

// among is the condition that a column is one of several ids, and its argument,
// which is the statement's first.
func (c *change) among(column string, ids []uuid.UUID) (condition string, arg any) {
	if c.dialect == postgres {
		return column + " = any($1::uuid[])", ids
	}
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // ids are texts
	}
	return column + " in (select value from json_each($1))", string(text)
}
