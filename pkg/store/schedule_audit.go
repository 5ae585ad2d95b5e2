package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/trigger"
)

// Account is what is written of a schedule's moments over some time, for whoever
// counts them anew.
type Account struct {
	Trigger trigger.Trigger
	// Places are the environments in which it fires; none means in whichever its
	// workspace started then.
	Places []string
	// Every moment after After and before Before has to be there: what is older may
	// not be kept any more.
	After, Before time.Time
	Fires         []trigger.Fire
}

// Audited is what counting an account anew came to.
type Audited struct {
	Account
	// To is up to where it was counted: a moment there is the next one's.
	To time.Time
	// Missing are moments without a record, Extra records without a moment; of
	// both only the place and the environment say something.
	Missing, Extra []trigger.Fire
}

const (
	// accountedFires bounds what is read of one schedule.
	accountedFires = 4000
	// accountedTime bounds over which time one schedule is counted at once.
	accountedTime = 31 * 24 * time.Hour
)

// turnRow is how far a schedule's account has been counted anew.
type turnRow struct {
	TriggerID   uuid.UUID `gorm:"primaryKey"`
	WorkspaceID uuid.UUID
	AuditedTo   stamp
	AuditedAt   stamp // when it had its turn
}

func (turnRow) TableName() string { return "schedule_audits" }

// accountAnew forgets what was wrong with a schedule's account: another one
// begins.
func (t Tenant) accountAnew(tx *gorm.DB, id uuid.UUID, now stamp) error {
	if err := tx.Exec("delete from unaccounted where workspace_id = ? and trigger_id = ?", t.ws, id).Error; err != nil {
		return err
	}
	row := turnRow{TriggerID: id, WorkspaceID: t.ws, AuditedTo: now, AuditedAt: now}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

// turns are the schedules that have waited longest to be counted anew.
const turns = `select trigger_id, audited_to from schedule_audits order by audited_at limit $1`

// Accounts reads what is written of the schedules that have waited longest to
// be counted anew, and puts them at the end of the line. Schedules that have no
// next moment have no account.
func (f Fleet) Accounts(ctx context.Context, limit int) (all []Account, err error) {
	err = f.s.change(ctx, func(c *change) error {
		all = nil
		to, err := c.turns(ctx, limit)
		if err != nil || len(to) == 0 {
			return err
		}
		accounts, err := c.accounts(ctx, to)
		for _, a := range accounts {
			if err := c.readFires(ctx, &a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return err
	})
	return all, err
}

// turns takes the first of the line and puts them at its end.
func (c *change) turns(ctx context.Context, limit int) (to map[uuid.UUID]time.Time, err error) {
	rows, err := c.QueryContext(ctx, turns+c.skip, limit)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, func(r *turnRow) []any { return []any{&r.TriggerID, &r.AuditedTo} })
	if err != nil || len(list) == 0 {
		return nil, err
	}
	to = map[uuid.UUID]time.Time{}
	var ids []uuid.UUID
	for _, r := range list {
		to[r.TriggerID] = r.AuditedTo.Time
		ids = append(ids, r.TriggerID)
	}
	which, arg := c.among("trigger_id", ids)
	_, err = c.affect(ctx, `update schedule_audits set audited_at = $2 where `+which, arg, c.now)
	return to, err
}

// accounts are read in one statement: a trigger and where its schedule stands
// belong together. What fires after that is behind their Before.
func (c *change) accounts(ctx context.Context, to map[uuid.UUID]time.Time) (all []Account, err error) {
	var ids []uuid.UUID
	for id := range to {
		ids = append(ids, id)
	}
	which, arg := c.among("s.trigger_id", ids)
	rows, err := c.QueryContext(ctx, `select s.trigger_id, s.workspace_id, s.nominal_at, s.since, s.kept_from, t.config, t.environments, t.created_at
 from schedules s join triggers t on t.id = s.trigger_id
 where s.nominal_at is not null and s.gap_from is null and t.deleted_at is null and `+which, arg)
	if err != nil {
		return nil, err
	}
	type line struct {
		schedule scheduleRow
		trigger  triggerRow
	}
	lines, err := collect(rows, func(l *line) []any {
		since := &l.schedule.Since
		return []any{
			&l.trigger.ID, &l.trigger.WorkspaceID, mark{&l.schedule.NominalAt, &l.schedule.unreadable}, mark{&since, &l.schedule.unreadable},
			mark{&l.schedule.KeptFrom, &l.schedule.unreadable},
			&l.trigger.Config, &l.trigger.Environments, &l.trigger.CreatedAt,
		}
	})
	for _, l := range lines {
		if l.schedule.unreadable {
			continue
		}
		a := Account{Trigger: l.trigger.noun(), Places: l.trigger.Environments.V, After: to[l.trigger.ID], Before: l.schedule.NominalAt.Time}
		for _, from := range []*stamp{&l.schedule.Since, l.schedule.KeptFrom} {
			if from != nil && from.After(a.After) {
				a.After = from.Time
			}
		}
		for _, bound := range []time.Time{c.now.Time, a.After.Add(accountedTime)} {
			if bound.Before(a.Before) {
				a.Before = bound
			}
		}
		if a.Before.After(a.After) {
			all = append(all, a)
		}
	}
	return all, err
}

// readFires reads the records of an account, and the one before it in each
// environment, which may reach into it.
func (c *change) readFires(ctx context.Context, a *Account) error {
	later, err := c.fires(ctx, `trigger_id = $1 and nominal_at > $2 and nominal_at < $3 order by nominal_at limit $4`,
		a.Trigger.ID, stampOf(a.After), stampOf(a.Before), accountedFires)
	if err != nil {
		return err
	}
	if len(later) == accountedFires {
		a.Before = later[len(later)-1].At
		later = slices.DeleteFunc(later, func(f trigger.Fire) bool { return !f.At.Before(a.Before) })
	}
	const places = 3
	earlier, err := c.fires(ctx, `trigger_id = $1 and nominal_at <= $2 order by nominal_at desc limit $3`, a.Trigger.ID, stampOf(a.After), places)
	a.Fires = append(earlier, later...)
	return err
}

func (c *change) fires(ctx context.Context, where string, args ...any) ([]trigger.Fire, error) {
	rows, err := c.QueryContext(ctx, `select `+fireColumns+` from fires where `+where, args...)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, (*fireRow).fields)
	return nouns(list, fireRow.noun), err
}
