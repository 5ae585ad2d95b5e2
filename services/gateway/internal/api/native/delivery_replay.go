package native

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// deliveryReplayWanted says how a delivery is sent again.
type deliveryReplayWanted struct {
	Environment string `json:"environment" doc:"Another one than it came to: DEV, UAT or PROD."`
	DryRun      bool   `json:"dry_run" doc:"Only say what would become of it."`
}

// deliveryReplayed is what became of a delivery that was sent again.
type deliveryReplayed struct {
	ReplayOf      uuid.UUID      `json:"replay_of" doc:"The delivery that was sent again."`
	DeliveryID    *uuid.UUID     `json:"delivery_id" doc:"The new delivery; null in a dry run."`
	Outcome       string         `json:"outcome" doc:"As a delivery's; would_start in a dry run."`
	Code          *string        `json:"code"`
	Reason        *string        `json:"reason"`
	RunID         *uuid.UUID     `json:"run_id"`
	Message       string         `json:"message" doc:"What the run is told."`
	UserVariables map[string]any `json:"user_variables" doc:"What the run is told."`
}

// wouldStart is the outcome of a dry run that would not be dry.
const wouldStart = "would_start"

var replayDeliveryDoc = api.Doc{
	ID: "replayDelivery", Summary: "Send a delivery again",
	Detail: "The filter, the message and the variables are those of the trigger as it is now. Whether the delivery is genuine was found out when it came, and that it came before is no obstacle. " +
		"What was not verified starts nothing. The key needs the scope delivery:read beside trigger:invoke. An `Idempotency-Key` is honoured.",
	Hears: []api.Header{api.IdempotencyKey}, Takes: deliveryReplayWanted{}, Optional: true,
	Gives:   api.Gives{http.StatusOK: deliveryReplayed{}, http.StatusAccepted: deliveryReplayed{}},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed, fault.TriggerPaused, fault.NoBuild, fault.QueueFull},
}

// replayDelivery sends a delivery again.
func (n Native) replayDelivery(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[deliveryReplayWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	again, err := n.again(c, wanted)
	if err != nil {
		return 0, nil, err
	}
	d, err := n.foundDelivery(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	taken, err := n.Inbound.Replay(ctx, d, again)
	if err != nil {
		return 0, nil, err
	}
	shown := replayedOf(d.ID, taken, again.Try)
	if again.Try {
		c.Unaltered()
		return http.StatusOK, shown, nil
	}
	c.Altered("delivery/"+d.ID.String(), nil, audit.Fields{"replayed_as": taken.Delivery.ID})
	if taken.Delivery.Outcome == trigger.DeliveryStarted {
		return http.StatusAccepted, shown, nil
	}
	return http.StatusOK, shown, nil
}

// again is how the caller sends deliveries again, if its key may.
func (n Native) again(c *api.Call, w deliveryReplayWanted) (a intake.Again, err error) {
	if !c.Key.Allows(key.DeliveryRead) {
		return a, fault.New(fault.Forbidden, "This key lacks the scope %s", key.DeliveryRead)
	}
	a = intake.Again{Try: w.DryRun, Source: c.Peer.String(), Surface: "native"}
	if w.Environment != "" {
		if a.Environment, err = reached(c, w.Environment); err != nil {
			return a, err
		}
	}
	a.Key, err = c.IdempotencyKey()
	return a, err
}

func replayedOf(of uuid.UUID, t intake.Taken, try bool) deliveryReplayed {
	d := t.Delivery
	shown := deliveryReplayed{
		ReplayOf: of, DeliveryID: &d.ID, Outcome: string(d.Outcome), Code: orNull(d.Code), Reason: orNull(d.Reason), RunID: idOrNull(d.Run),
		Message: t.Event.Message, UserVariables: orEmpty(t.Event.UserVariables),
	}
	if try {
		shown.DeliveryID = nil
		if d.Outcome == "" {
			shown.Outcome = wouldStart
		}
	}
	return shown
}

// manyReplayWanted chooses deliveries; what it names must all be true of each.
type manyReplayWanted struct {
	Trigger     string            `json:"trigger" required:"true" doc:"The name or id of the trigger that they came to."`
	Environment string            `json:"environment" doc:"Those that came to DEV, UAT or PROD. They are sent to the same one."`
	Outcomes    []trigger.Outcome `json:"outcomes" doc:"Those that came to one of these ends; refused when it is left out."`
	Code        string            `json:"code" doc:"Those that this stopped."`
	Event       string            `json:"event"`
	Subject     string            `json:"subject"`
	Since       string            `json:"since" doc:"Received at this moment or later."`
	Until       string            `json:"until" doc:"Received before this moment."`
	DryRun      bool              `json:"dry_run" doc:"Only say what would become of each."`
	Limit       int               `json:"limit" doc:"How many at most, 1 to 200; 50 when it is left out."`
	Cursor      string            `json:"cursor" doc:"The next_cursor of the call before."`
}

// manyReplayed is what became of them.
type manyReplayed struct {
	Items      []deliveryReplayed `json:"items" doc:"In the order of their arrival."`
	NextCursor *string            `json:"next_cursor" doc:"Asks for the older ones as cursor; null when there are none."`
}

var replayDeliveriesDoc = api.Doc{
	ID: "replayDeliveries", Summary: "Send again what came to some end",
	Detail: "Such as everything that was refused while the trigger was paused. Each is sent as by itself: what cannot start now says why. Try it with dry_run. " +
		"With an `Idempotency-Key` a repeated call starts nothing twice. What was itself a replay is left out.",
	Hears: []api.Header{api.IdempotencyKey}, Takes: manyReplayWanted{}, Gives: api.Gives{http.StatusOK: manyReplayed{}},
	Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed, fault.BadCursor},
}

// replayDeliveries sends deliveries again, one after the other, the oldest of the
// page first.
func (n Native) replayDeliveries(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[manyReplayWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	again, err := n.again(c, deliveryReplayWanted{DryRun: wanted.DryRun})
	if err != nil {
		return 0, nil, err
	}
	filter, err := wanted.filter(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Deliveries(ctx, filter, store.Page{Limit: wanted.Limit, Cursor: wanted.Cursor})
	if err != nil {
		return 0, nil, err
	}
	shown := manyReplayed{Items: []deliveryReplayed{}, NextCursor: orNull(next)}
	for _, d := range slices.Backward(all) {
		item, err := n.replayOne(c, d.ID, again)
		if err != nil {
			return 0, nil, err
		}
		shown.Items = append(shown.Items, item)
	}
	if again.Try {
		c.Unaltered()
	} else {
		c.Altered("trigger/"+wanted.Trigger, nil, audit.Fields{"replayed": len(shown.Items)})
	}
	return http.StatusOK, shown, nil
}

// replayOne sends one of many again. It has the time of a call for itself, and a
// refusal is what became of it.
func (n Native) replayOne(c *api.Call, id uuid.UUID, again intake.Again) (deliveryReplayed, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), n.Patience)
	defer cancel()
	d, err := c.Store.Delivery(ctx, id)
	if err != nil {
		return deliveryReplayed{}, err
	}
	taken, err := n.Inbound.Replay(ctx, d, again)
	shown := replayedOf(id, taken, again.Try)
	switch f := fault.Of(err); {
	case err == nil:
	case f.Code == fault.Unavailable, f.Code == fault.Internal:
		return deliveryReplayed{}, err
	case taken.Delivery.ID == uuid.Nil:
		shown.DeliveryID, shown.Outcome = nil, string(trigger.DeliveryRefused)
		shown.Code, shown.Reason = orNull(string(f.Code)), orNull(f.Message)
	}
	return shown, nil
}

func (w manyReplayWanted) filter(ctx context.Context, c *api.Call) (f store.DeliveryFilter, err error) {
	f = store.DeliveryFilter{Environments: c.Key.Environments, Outcomes: w.Outcomes, Code: w.Code, Event: w.Event, Subject: w.Subject, Originals: true}
	if len(f.Outcomes) == 0 {
		f.Outcomes = []trigger.Outcome{trigger.DeliveryRefused}
	}
	for i, o := range f.Outcomes {
		if !slices.Contains(trigger.Outcomes, o) {
			return f, one(fmt.Sprintf("outcomes[%d]", i), "invalid", noOutcome)
		}
	}
	if w.Trigger == "" {
		return f, one("trigger", "invalid", "say which trigger's deliveries")
	}
	t, err := c.Store.Trigger(ctx, w.Trigger)
	if err != nil {
		return f, err
	}
	f.Trigger = t.ID
	if w.Environment != "" {
		environment, err := reached(c, w.Environment)
		if err != nil {
			return f, err
		}
		f.Environments = []string{environment}
	}
	if f.Since, err = timeOf(w.Since, "since"); err != nil {
		return f, err
	}
	f.Until, err = timeOf(w.Until, "until")
	return f, err
}
