package store

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/onsethq/onset/pkg/trigger"
)

// scheduleRow is where a trigger that goes by the clock stands.
type scheduleRow struct {
	TriggerID   uuid.UUID `gorm:"primaryKey"`
	WorkspaceID uuid.UUID
	NominalAt   *stamp
	NextAt      *stamp
	GapFrom     *stamp
	GapUntil    *stamp
	Fired       int
	Since       stamp
	Broken      string
	KeptFrom    *stamp
	BrokenAt    *stamp

	unreadable bool // a moment of it, which only somebody's own SQL can bring about
}

func (scheduleRow) TableName() string { return "schedules" }

const scheduleColumns = `trigger_id, workspace_id, nominal_at, next_at, gap_from, gap_until, fired, since, broken, kept_from, broken_at`

// fields are where a row of scheduleColumns is read to. When it is looked at
// next follows from the rest, so rubbish there harms nothing.
func (r *scheduleRow) fields() []any {
	var ignored bool
	since := &r.Since
	return []any{
		&r.TriggerID, &r.WorkspaceID, mark{&r.NominalAt, &r.unreadable}, mark{&r.NextAt, &ignored}, mark{&r.GapFrom, &r.unreadable},
		mark{&r.GapUntil, &r.unreadable}, &r.Fired, mark{&since, &r.unreadable}, &r.Broken, mark{&r.KeptFrom, &ignored}, mark{&r.BrokenAt, &ignored},
	}
}

// mark reads a moment that may be missing. One that cannot be read is missing
// too, so that a rotten row spoils no list and no batch that it is in.
type mark struct {
	at     **stamp
	rotten *bool
}

// Scan reads what stamp reads, and nothing.
func (m mark) Scan(src any) error {
	if src == nil {
		*m.at = nil
		return nil
	}
	var read stamp
	if err := read.Scan(src); err != nil {
		*m.at, *m.rotten = nil, true
		return nil
	}
	if *m.at == nil {
		*m.at = new(stamp)
	}
	**m.at = read
	return nil
}

// keepUp lets what goes by a trigger follow it, in the transaction that changes
// it: its schedule, what is expected of it, and whether it paused itself. old is
// what the trigger was; nil when it is new.
func (t Tenant) keepUp(tx *gorm.DB, old *triggerRow, row triggerRow) error {
	if err := t.expect(tx, old, row); err != nil {
		return err
	}
	if err := t.autoPause(tx, old, row); err != nil {
		return err
	}
	return t.reschedule(tx, old, row)
}

// reschedule lets the schedule follow its trigger.
func (t Tenant) reschedule(tx *gorm.DB, old *triggerRow, row triggerRow) error {
	if old != nil && old.Kind != trigger.KindSchedule {
		old = nil
	}
	if old == nil && row.Kind != trigger.KindSchedule {
		return nil
	}
	now, err := t.s.clock(tx)
	if err != nil {
		return err
	}
	was, err := t.scheduleOf(tx, row.ID)
	if err != nil {
		return err
	}
	if row.Kind != trigger.KindSchedule {
		return t.unschedule(tx, row.ID, "the trigger does not go by the clock any more")
	}
	f := follow{now: now, g: row.noun()}
	f.g.Workspace = t.ws
	if old != nil && was != nil {
		before := old.noun()
		f.old, f.row = &before, *was
	}
	f.follow()
	if err := t.abandon(tx, f); err != nil {
		return err
	}
	f.row.TriggerID, f.row.WorkspaceID = row.ID, t.ws
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&f.row).Error; err != nil {
		return err
	}
	if f.anew || !slices.Equal(f.old.Environments, f.g.Environments) {
		return t.accountAnew(tx, row.ID, now)
	}
	return nil
}

// scheduleOf reads and locks a schedule; nil when there is none.
func (t Tenant) scheduleOf(tx *gorm.DB, id uuid.UUID) (*scheduleRow, error) {
	found, err := t.rows(tx, "schedules").Clauses(forUpdate("schedules")).Select(scheduleColumns).Where("trigger_id = ?", id).Rows()
	if err != nil {
		return nil, err
	}
	rows, err := collect(found, (*scheduleRow).fields)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// unschedule ends a schedule.
func (t Tenant) unschedule(tx *gorm.DB, id uuid.UUID, why string) error {
	for _, table := range []string{"unaccounted", "schedule_audits", "schedules"} {
		if err := tx.Exec("delete from "+table+" where workspace_id = ? and trigger_id = ?", t.ws, id).Error; err != nil {
			return err
		}
	}
	return t.release(tx, id, trigger.SkippedEdited, why)
}

// abandon writes the moments that the change of a trigger leaves unfired.
func (t Tenant) abandon(tx *gorm.DB, f follow) error {
	if f.released != "" {
		if err := t.release(tx, f.g.ID, trigger.SkippedPaused, f.released); err != nil {
			return err
		}
	}
	if len(f.left) == 0 {
		return nil
	}
	usual, err := t.defaultEnvironment(tx)
	if err != nil {
		return err
	}
	var fires []trigger.Fire
	for _, m := range f.left {
		for _, environment := range f.old.Places(usual) {
			fires = append(fires, m.Fire(f.g.ID, environment, f.now.Time))
		}
	}
	_, err = writeFires(tx.Statement.Context, tx.Statement.ConnPool, t.s.dialect, t.ws, fires)
	return err
}

// release lets go of moments that wait for a run to end.
func (t Tenant) release(tx *gorm.DB, id uuid.UUID, as trigger.Disposition, why string) error {
	return t.rows(tx, "fires").Where("trigger_id = ? and disposition = 'queued'", id).
		Updates(map[string]any{"disposition": as, "reason": why}).Error
}

func (t Tenant) defaultEnvironment(tx *gorm.DB) (environment string, err error) {
	err = tx.Table("workspaces").Where("id = ?", t.ws).Pluck("default_environment", &environment).Error
	return environment, err
}

// clock is the moment of a transaction, by the clock that decides what is due.
func (s *Store) clock(tx *gorm.DB) (now stamp, err error) {
	if s.dialect == sqlite {
		return s.stamp(), nil
	}
	err = tx.Raw("select now()").Row().Scan(&now)
	return now, err
}

// follow is a schedule that follows its trigger.
type follow struct {
	now stamp
	old *trigger.Trigger // nil when there was no schedule
	g   trigger.Trigger
	row scheduleRow

	anew     bool             // nothing of before counts any more
	left     []trigger.Moment // what the old one owed
	released string           // why moments that wait are let go; empty when they are not
}

// follow decides where the schedule stands now.
func (f *follow) follow() {
	table, err := f.g.Table()
	if err != nil {
		f.settle()
		f.anew, f.row = true, scheduleRow{Since: f.now, Broken: err.Error(), KeptFrom: f.row.KeptFrom, BrokenAt: &f.now}
		return
	}
	if f.old == nil || f.row.Broken != "" || f.row.unreadable || !trigger.SameMoments(f.old.Config, f.g.Config) {
		f.settle()
		f.anew, f.row = true, scheduleRow{Since: f.now, KeptFrom: f.row.KeptFrom}
		f.aim(table)
		if f.g.Status != trigger.Active {
			f.pause()
		}
		return
	}
	switch was, is := f.old.Status == trigger.Active, f.g.Status == trigger.Active; {
	case was && !is:
		f.pause()
	case is && !was:
		f.resume(table)
	}
}

// aim finds the first moment after now.
func (f *follow) aim(table timetable) {
	f.row.NominalAt, f.row.NextAt = nil, nil
	if at, ok := table.Next(f.now.Time); ok && table.Left(f.row.Fired) != 0 {
		nominal, due := stampOf(at), stampOf(at.Add(table.Delay(f.g.ID, at)))
		f.row.NominalAt, f.row.NextAt = &nominal, &due
	}
}

// pause clears the next moment and remembers it: from there on nothing is
// accounted for until somebody resumes.
func (f *follow) pause() {
	if f.row.GapFrom == nil {
		f.row.GapFrom = f.row.NominalAt
	}
	f.row.NominalAt, f.row.NextAt, f.row.GapUntil = nil, nil, nil
	f.released = "the trigger was paused"
}

// resume begins anew, and lets what passed meanwhile be accounted for at once.
func (f *follow) resume(table timetable) {
	f.aim(table)
	f.row.Since = f.now
	if f.row.GapFrom == nil || f.row.GapFrom.After(f.now.Time) {
		f.row.GapFrom = nil
		return
	}
	f.row.GapUntil, f.row.NextAt = &f.now, &f.now
}

// settle accounts for everything that the old schedule owes.
func (f *follow) settle() {
	if f.old == nil {
		return
	}
	f.released = "the trigger was changed"
	table, err := f.old.Table()
	if err != nil {
		return
	}
	o := trigger.Owed{Trigger: f.g.ID, Table: table, Left: -1, Now: f.now.Time}
	end := f.now.Add(time.Nanosecond)
	if f.row.GapFrom != nil {
		until := end
		if f.row.GapUntil != nil {
			until = f.row.GapUntil.Time
		}
		o.From = f.row.GapFrom.Time
		f.left = o.Abandon(until, trigger.SkippedPaused, "")
	}
	if f.row.NominalAt != nil {
		o.From, o.Left = f.row.NominalAt.Time, table.Left(f.row.Fired)
		f.left = append(f.left, o.Abandon(end, trigger.SkippedEdited, "the schedule was changed")...)
	}
}

// timetable is what following a trigger needs of its table.
type timetable interface {
	Next(after time.Time) (time.Time, bool)
	Left(fired int) int
	Delay(id uuid.UUID, nominal time.Time) time.Duration
}
