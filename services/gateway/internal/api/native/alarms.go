package native

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// alarmDocument is something about a trigger that is wrong now.
type alarmDocument struct {
	Kind        trigger.AlarmKind `json:"kind" doc:"schedule_broken: it cannot fire until the trigger is saved. schedule_late: its time has come more than a minute ago and no scheduler has acted. moments_unaccounted: an independent count found moments without a record, or records without a moment. trigger_auto_paused: its runs failed. success_overdue: what policies.expect asks for has not come."`
	TriggerID   uuid.UUID         `json:"trigger_id"`
	Trigger     string            `json:"trigger" doc:"The trigger's name."`
	Environment *string           `json:"environment" doc:"Where; null means everywhere."`
	Since       moment            `json:"since" doc:"When it began, or was found."`
	Reason      string            `json:"reason"`
	LastRun     *lastRun          `json:"last_run" doc:"The newest run that the trigger started; null when there is none, or none that the key may see."`
}

// alarmsQuery narrows what is wrong.
type alarmsQuery struct {
	pageQuery
	Kind        trigger.AlarmKind `query:"kind" doc:"What is wrong."`
	Trigger     string            `query:"trigger" doc:"The name or id of a trigger."`
	Environment string            `query:"environment" doc:"DEV, UAT or PROD: what is wrong there or everywhere."`
}

var alarmsDoc = api.Doc{
	ID: "listAlarms", Summary: "List what is wrong with triggers now, newest first",
	Detail: "Nobody makes or ends an alarm: it is there from its cause until the cause is gone, once, however many processes look.",
	Query:  alarmsQuery{}, Gives: api.Gives{http.StatusOK: list[alarmDocument]{}}, Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed, fault.UnknownField},
}

// alarms lists what is wrong now.
func (n Native) alarms(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, alarmsQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := alarmFilter(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Alarms(ctx, filter, p)
	if err != nil {
		return 0, nil, err
	}
	var ids []uuid.UUID
	for _, a := range all {
		ids = append(ids, a.Trigger)
	}
	last, err := c.Store.LastRuns(ctx, ids)
	return http.StatusOK, listOf(all, next, func(a trigger.Alarm) alarmDocument { return alarmOf(c, a, last) }), err
}

func alarmOf(c *api.Call, a trigger.Alarm, last map[uuid.UUID]store.LastRun) alarmDocument {
	return alarmDocument{
		Kind: a.Kind, TriggerID: a.Trigger, Trigger: a.Name, Environment: orNull(a.Environment), Since: moment(a.Since), Reason: a.Reason,
		LastRun: lastRunOf(c, a.Trigger, last),
	}
}

func alarmFilter(ctx context.Context, c *api.Call) (f store.AlarmFilter, err error) {
	q := c.Query()
	f = store.AlarmFilter{Kind: trigger.AlarmKind(q.Get("kind")), Environments: c.Key.Environments}
	if f.Kind != "" && !slices.Contains(trigger.AlarmKinds, f.Kind) {
		return f, one("kind", "invalid", "there is no such kind of alarm")
	}
	if name := q.Get("environment"); name != "" {
		environment, err := reached(c, name)
		if err != nil {
			return f, err
		}
		f.Environments = []string{environment}
	}
	if ref := q.Get("trigger"); ref != "" {
		t, err := c.Store.Trigger(ctx, ref)
		if err != nil {
			return f, err
		}
		f.Trigger = t.ID.String()
	}
	return f, nil
}
