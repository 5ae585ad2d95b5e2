package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// alarming is everything that is wrong now, of the workspaces that SCOPE leaves.
// An alarm is no row: it is read off what is kept, and is over when that is.
const alarming = `
select 'schedule_broken' as kind, s.trigger_id, '' as environment, s.broken_at as since, s.broken as text, 0 as n, 0 as m, cast(null as timestamptz) as at
 from schedules s where s.broken_at is not null SCOPE
union all
select 'trigger_auto_paused', s.trigger_id, '', s.paused_at, '', 0, 0, cast(null as timestamptz)
 from auto_pauses s where true SCOPE
union all
select 'schedule_late', s.trigger_id, '', s.next_at, '', 0, 0, cast(null as timestamptz)
 from schedules s where s.next_at < @late SCOPE
union all
select 'moments_unaccounted', s.trigger_id, s.environment, min(s.found_at), '', sum(case when s.extra then 0 else 1 end), sum(case when s.extra then 1 else 0 end), min(s.nominal_at)
 from unaccounted s where true SCOPE group by s.trigger_id, s.environment
union all
select 'success_overdue', s.trigger_id, s.environment, s.due_at, '', s.every_s, 0, s.met_at
 from expectations s where s.due_at <= @now SCOPE`

// ofLiving leaves out what nobody waits for: triggers that are gone or archived,
// and what a person has taken over.
const ofLiving = `t.deleted_at is null and t.status <> 'archived' and (a.kind <> 'trigger_auto_paused' or t.status = 'paused')`

type alarmRow struct {
	Kind        trigger.AlarmKind
	TriggerID   uuid.UUID
	Name        string
	Environment string
	Since       stamp
	Text        string
	N, M        int64
	At          *stamp
}

func (r alarmRow) place() string {
	return strings.Join([]string{r.Since.Format(stampFormat), string(r.Kind), r.TriggerID.String(), r.Environment}, "/")
}

func (r alarmRow) noun() trigger.Alarm {
	a := trigger.Alarm{Kind: r.Kind, Trigger: r.TriggerID, Name: r.Name, Environment: r.Environment, Since: r.Since.Time, Reason: r.Text}
	switch r.Kind {
	case trigger.ScheduleLate:
		a.Reason = "no scheduler has acted upon it since then: see whether one is running"
	case trigger.MomentsUnaccounted:
		a.Reason = trigger.Unaccounted(int(r.N), int(r.M), r.At.Time)
	case trigger.SuccessOverdue:
		a.Reason = trigger.Overdue(time.Duration(r.N)*time.Second, moment(r.At))
	}
	return a
}

// AlarmFilter narrows a list of alarms; empty fields do not. Alarms without an
// environment are in all of them.
type AlarmFilter struct {
	Kind         trigger.AlarmKind
	Trigger      string // its name or id
	Environments []string
}

// Alarms lists what is wrong now, the newest first.
func (t Tenant) Alarms(ctx context.Context, f AlarmFilter, p Page) ([]trigger.Alarm, string, error) {
	if err := t.s.reckon(ctx); err != nil {
		return nil, "", err
	}
	now, err := t.s.Clock(ctx)
	if err != nil {
		return nil, "", err
	}
	db := t.db(ctx)
	scope := strings.ReplaceAll(alarming, "SCOPE", "and s.workspace_id = @workspace")
	query := db.Table("(?) as a", db.Raw(scope, map[string]any{"workspace": t.ws, "now": stampOf(now), "late": stampOf(now.Add(-trigger.LateAfter))})).
		Joins("join triggers t on t.id = a.trigger_id and t.workspace_id = ?", t.ws).Where(ofLiving).
		Select("a.kind, a.trigger_id, t.name, a.environment, a.since, case when a.kind = 'trigger_auto_paused' then t.paused_reason else a.text end as text, a.n, a.m, a.at")
	if f.Kind != "" {
		query = query.Where("a.kind = ?", f.Kind)
	}
	if f.Trigger != "" {
		query = query.Where(meant("t", f.Trigger))
	}
	if len(f.Environments) > 0 {
		query = query.Where("(a.environment = '' or a.environment in ?)", f.Environments)
	}
	rows, next, err := paged[alarmRow](t, "alarms", p, query.Order("a.since desc, a.kind desc, a.trigger_id desc, a.environment desc"), alarmsBefore)
	return nouns(rows, alarmRow.noun), next, err
}

func alarmsBefore(query *gorm.DB, place string) *gorm.DB {
	at := strings.SplitN(place, "/", 4)
	return query.Where("(a.since, a.kind, a.trigger_id, a.environment) < (?, ?, ?, ?)", at[0], at[1], at[2], at[3])
}

// CountAlarms counts what is wrong now in all workspaces, by kind, and nothing
// else of them leaves the store. Every kind is there.
func (s *Store) CountAlarms(ctx context.Context) (map[trigger.AlarmKind]int, error) {
	if err := s.reckon(ctx); err != nil {
		return nil, err
	}
	now, err := s.Clock(ctx)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Kind trigger.AlarmKind
		N    int
	}
	text := `select a.kind, count(*) as n from (` + strings.ReplaceAll(alarming, "SCOPE", "") + `) a
 join triggers t on t.id = a.trigger_id where ` + ofLiving + ` group by a.kind`
	bounds := map[string]any{"now": stampOf(now), "late": stampOf(now.Add(-trigger.LateAfter))}
	if err := s.db.WithContext(ctx).Raw(text, bounds).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	counts := map[trigger.AlarmKind]int{}
	for _, kind := range trigger.AlarmKinds {
		counts[kind] = 0
	}
	for _, r := range rows {
		counts[r.Kind] = r.N
	}
	return counts, nil
}
