package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
)

// Account is what is written of a schedule's moments over some time, for whoever
// counts them anew.
type Account struct {
	Trigger trigger.Trigger
	// Places are the environments in which it fires.
	Places []string
	// Every moment after After and before Before has to be there: what is older may
	// not be kept any more.
	After, Before time.Time
	Fires         []trigger.Fire
}

// accountedFires bounds what is read of one schedule.
const accountedFires = 4000

// Accounts reads what is written of schedules whose triggers come after one, in
// the order of their ids, as far back as it says.
func (f Fleet) Accounts(ctx context.Context, after uuid.UUID, limit int, back time.Duration) (all []Account, err error) {
	err = f.s.change(ctx, func(c *change) error {
		all = nil
		rows, err := c.QueryContext(ctx, `select `+scheduleColumns+` from schedules
 where trigger_id > $1 and nominal_at is not null and gap_from is null order by trigger_id limit $2`, after, limit)
		if err != nil {
			return err
		}
		stand, err := collect(rows, (*scheduleRow).fields)
		if err != nil || len(stand) == 0 {
			return err
		}
		scheduled, err := c.scheduled(ctx, stand, func(trigger.Trigger) Wants { return Wants{} })
		if err != nil {
			return err
		}
		for i, s := range scheduled {
			a := Account{Trigger: s.Trigger, Places: s.Trigger.Places(s.Workspace.DefaultEnvironment), After: stand[i].Since.Time, Before: stand[i].NominalAt.Time}
			if c.now.Before(a.Before) {
				a.Before = c.now.Time
			}
			if from := a.Before.Add(-back); from.After(a.After) {
				a.After = from
			}
			if kept := stand[i].KeptFrom; kept != nil && kept.After(a.After) {
				a.After = kept.Time
			}
			if a.Fires, err = c.firesBefore(ctx, a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

func (c *change) firesBefore(ctx context.Context, a Account) ([]trigger.Fire, error) {
	rows, err := c.QueryContext(ctx, `select `+fireColumns+` from fires where trigger_id = $1 and nominal_at < $2 order by nominal_at desc limit $3`,
		a.Trigger.ID, stampOf(a.Before), accountedFires)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, (*fireRow).fields)
	return nouns(list, fireRow.noun), err
}
