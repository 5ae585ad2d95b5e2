package native

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// explainQuery is the moment that is asked about.
type explainQuery struct {
	At          *time.Time `query:"at" doc:"The moment; now when it is left out."`
	Environment string     `query:"environment" doc:"DEV, UAT or PROD; the first in which the trigger starts runs when it is left out."`
}

// triggerExplained is why a moment became what it did.
type triggerExplained struct {
	At         moment        `json:"at"`
	Expected   bool          `json:"expected" doc:"Whether the schedule, as it is now, has a moment then."`
	Fire       *fireDocument `json:"fire" doc:"What became of the moment; null when nothing is recorded."`
	Deliveries []deliveryRow `json:"deliveries" doc:"Webhooks: what arrived within half a minute of the moment, newest first, each with why it started a run or none. For keys with the scope delivery:read."`
	WouldNow   wouldDocument `json:"would_now" doc:"What would become of a moment or a delivery that came now."`
	History    []happened    `json:"history" doc:"Who changed the trigger, newest first: for keys that reach every environment."`
}

// wouldDocument is what would become of a moment.
type wouldDocument struct {
	Disposition trigger.Disposition `json:"disposition" doc:"As of what is recorded; for webhooks also captured, and rejected where no secret could vouch for any."`
	Reason      *string             `json:"reason"`
}

// happened is one change of a trigger.
type happened struct {
	At    moment `json:"at"`
	Actor string `json:"actor"`
	What  string `json:"what" doc:"The action, and the fields that it changed."`
}

var explainTriggerDoc = api.Doc{
	ID: "explainTrigger", Summary: "Say what became of a moment, and what would become of one now",
	Query: explainQuery{}, Gives: api.Gives{http.StatusOK: triggerExplained{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed, fault.UnknownField},
}

// explainTrigger says why something ran at a moment, or did not.
func (n Native) explainTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, explainQuery{}); err != nil {
		return 0, nil, err
	}
	asked, err := timeOf(c.Query().Get("at"), "at")
	if err != nil {
		return 0, nil, err
	}
	at := n.Now()
	if asked != nil {
		at = *asked
	}
	at = at.Truncate(time.Second)
	environment, target, err := n.aim(ctx, c, c.Query().Get("environment"))
	if err != nil {
		return 0, nil, err
	}
	t := target.Trigger
	shown := triggerExplained{At: moment(at), Expected: expects(t, at)}
	fires, err := c.Store.FiresAt(ctx, t.ID, at)
	if err != nil {
		return 0, nil, err
	}
	for _, f := range fires {
		if f.Environment == environment && (shown.Expected || f.Count == 1) {
			d := fireOf(f)
			shown.Fire = &d
		}
	}
	start := launch.Start{Workspace: c.Workspace, Trigger: t, Build: target.Build, Environment: environment}
	if why, err := brokenFor(ctx, c, t); err != nil {
		return 0, nil, err
	} else if why != "" {
		shown.WouldNow = would(trigger.SkippedError, "the schedule is broken: "+why)
	} else if shown.WouldNow, err = n.wouldNow(ctx, c, start); err != nil {
		return 0, nil, err
	}
	if shown.Deliveries, err = deliveriesAbout(ctx, c, t, environment, at); err != nil {
		return 0, nil, err
	}
	shown.History, err = historyOf(ctx, c, t)
	return http.StatusOK, shown, err
}

const (
	// about is how far a delivery may be away from the moment that is asked about.
	about = 30 * time.Second
	// explainedDeliveries is how many of them are told.
	explainedDeliveries = 50
)

// deliveriesAbout are those that came about a moment. Who may not read deliveries
// is told none.
func deliveriesAbout(ctx context.Context, c *api.Call, t trigger.Trigger, environment string, at time.Time) ([]deliveryRow, error) {
	all := []deliveryRow{}
	if !c.Key.Allows(key.DeliveryRead) {
		return all, nil
	}
	since, until := at.Add(-about), at.Add(about+time.Second)
	found, _, err := c.Store.Deliveries(ctx, store.DeliveryFilter{
		Trigger: t.ID, Environments: []string{environment}, Since: &since, Until: &until,
	}, store.Page{Limit: explainedDeliveries})
	for _, d := range found {
		all = append(all, deliveryRowOf(d))
	}
	return all, err
}

// brokenFor is why a schedule cannot fire; empty when it can.
func brokenFor(ctx context.Context, c *api.Call, t trigger.Trigger) (string, error) {
	if t.Kind != trigger.KindSchedule {
		return "", nil
	}
	if _, err := t.Table(); err != nil {
		return err.Error(), nil
	}
	positions, err := c.Store.Positions(ctx, []uuid.UUID{t.ID})
	return positions[t.ID].Broken, err
}

// expects says whether a schedule has a moment then.
func expects(t trigger.Trigger, at time.Time) bool {
	if t.Kind != trigger.KindSchedule {
		return false
	}
	table, err := t.Table()
	if err != nil {
		return false
	}
	next, ok := table.Next(at.Add(-time.Second))
	return ok && next.Equal(at)
}

// wouldNow decides as the scheduler would.
func (n Native) wouldNow(ctx context.Context, c *api.Call, s launch.Start) (wouldDocument, error) {
	if held, err := n.heldBack(ctx, c, s.Trigger); err != nil || held != (wouldDocument{}) {
		return held, err
	}
	if refusal := s.Refusal(); refusal != nil {
		d, _ := launch.Disposition(refusal)
		return would(d, obstacle(s)), nil
	}
	slots, err := c.Store.Slots(ctx)
	if err != nil {
		return wouldDocument{}, err
	}
	if accepted, _ := slots.Place(); !accepted {
		return would(trigger.SkippedQueueFull, "too many runs of the workspace wait already"), nil
	}
	overlap := s.Trigger.Policies.Overlap
	if overlap != trigger.SkipOverlap && overlap != trigger.QueueOne {
		return would(trigger.Started, ""), nil
	}
	busy, _, err := c.Store.Runs(ctx, store.RunFilter{
		Trigger: s.Trigger.ID.String(), Environments: []string{s.Environment}, Status: []run.Status{run.StatusPending, run.StatusRunning, run.StatusWaiting},
	}, store.Page{Limit: 1})
	switch {
	case err != nil:
		return wouldDocument{}, err
	case len(busy) == 0:
		return would(trigger.Started, ""), nil
	case overlap == trigger.QueueOne:
		return would(trigger.Waits, "run "+busy[0].ID.String()+" has not ended"), nil
	}
	return would(trigger.SkippedOverlap, "run "+busy[0].ID.String()+" has not ended"), nil
}

func would(d trigger.Disposition, reason string) wouldDocument {
	return wouldDocument{d, orNull(reason)}
}

// historyLength is how many changes are told.
const historyLength = 20

// historyOf are the last changes of a trigger. The audit log speaks of every
// environment, so a key that does not reach them all is told none.
func historyOf(ctx context.Context, c *api.Call, t trigger.Trigger) ([]happened, error) {
	all := []happened{}
	if reachesAll(c, nil) != nil {
		return all, nil
	}
	entries, _, err := c.Store.AuditLog(ctx, store.AuditFilter{Object: "trigger/" + t.Name}, store.Page{Limit: historyLength})
	for _, e := range entries {
		all = append(all, happened{moment(e.At), e.Actor, whatOf(e)})
	}
	return all, err
}

func whatOf(e audit.Entry) string {
	var fields []string
	for _, change := range e.Changes {
		fields = append(fields, change.Field)
	}
	slices.Sort(fields)
	if len(fields) == 0 {
		return e.Action
	}
	return e.Action + ": " + strings.Join(fields, ", ")
}
