package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// LastRun is the newest run that a trigger started.
type LastRun struct {
	ID          uuid.UUID
	Environment string
	Status      run.Status
	CreatedAt   time.Time
}

type lastRow struct {
	TriggerID   uuid.UUID
	ID          uuid.UUID
	Environment string
	Status      run.Status
	CreatedAt   stamp
}

// lastRuns looks once into the index for each trigger, however many runs it
// has. The range instead of an equality is what makes it so: a planner that
// knows the trigger walks back through everybody's runs until it meets one.
const lastRuns = `select r.trigger_id, r.id, r.environment, r.status, r.created_at from runs r where r.workspace_id = ? and r.id in (
 select (select l.id from runs l
  where l.trigger_id is not null and (l.trigger_id, l.id) >= (t.id, '00000000-0000-0000-0000-000000000000') and (l.trigger_id, l.id) <= (t.id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  order by l.trigger_id desc, l.id desc limit 1)
 from triggers t where t.workspace_id = ? and t.id in ?)`

// LastRuns finds the newest run of each trigger, by the trigger's id, in one
// statement. A trigger that started none is not in it.
func (t Tenant) LastRuns(ctx context.Context, triggers []uuid.UUID) (map[uuid.UUID]LastRun, error) {
	if len(triggers) == 0 {
		return nil, nil
	}
	var rows []lastRow
	if err := t.db(ctx).Raw(lastRuns, t.ws, t.ws, triggers).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	last := make(map[uuid.UUID]LastRun, len(rows))
	for _, r := range rows {
		last[r.TriggerID] = LastRun{ID: r.ID, Environment: r.Environment, Status: r.Status, CreatedAt: r.CreatedAt.Time}
	}
	return last, nil
}
