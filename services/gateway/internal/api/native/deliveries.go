package native

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// deliveriesQuery chooses deliveries.
type deliveriesQuery struct {
	pageQuery
	Trigger     string            `query:"trigger" doc:"The name or id of the trigger that they came to."`
	Environment string            `query:"environment" doc:"DEV, UAT or PROD."`
	Outcome     []trigger.Outcome `query:"outcome" doc:"Any of these, with commas between them."`
	Code        string            `query:"code" doc:"What stopped them."`
	Event       string            `query:"event" doc:"What happened, in the sender's words."`
	Subject     string            `query:"subject" doc:"What they are about."`
	RunID       *uuid.UUID        `query:"run_id" doc:"The run that they started or repeat."`
	ReplayOf    *uuid.UUID        `query:"replay_of" doc:"The delivery that was sent again."`
	Since       *time.Time        `query:"since" doc:"Received at this moment or later."`
	Until       *time.Time        `query:"until" doc:"Received before this moment."`
}

var deliveriesDoc = api.Doc{
	ID: "listDeliveries", Summary: "List what arrived at webhooks, newest first",
	Detail: "Everything that arrived is there, with what became of it: also what was filtered, what was a duplicate, and for a day what could not be verified. " +
		"A key that is bound to environments sees only theirs.",
	Query: deliveriesQuery{}, Gives: api.Gives{http.StatusOK: list[deliveryRow]{}},
	Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed, fault.UnknownField},
}

// deliveries lists what arrived at webhooks.
func (n Native) deliveries(ctx context.Context, c *api.Call) (int, any, error) {
	if err := onlyKnown(c, deliveriesQuery{}); err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	filter, err := deliveryFilter(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Deliveries(ctx, filter, p)
	return http.StatusOK, listOf(all, next, deliveryRowOf), err
}

func deliveryFilter(ctx context.Context, c *api.Call) (f store.DeliveryFilter, err error) {
	q := c.Query()
	f = store.DeliveryFilter{Environments: c.Key.Environments, Code: q.Get("code"), Event: q.Get("event"), Subject: q.Get("subject")}
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
		f.Trigger = t.ID
	}
	if f.Outcomes, err = outcomesOf(q["outcome"]); err != nil {
		return f, err
	}
	if f.Run, err = idOf(q.Get("run_id"), "run_id"); err != nil {
		return f, err
	}
	if f.ReplayOf, err = idOf(q.Get("replay_of"), "replay_of"); err != nil {
		return f, err
	}
	if f.Since, err = timeOf(q.Get("since"), "since"); err != nil {
		return f, err
	}
	f.Until, err = timeOf(q.Get("until"), "until")
	return f, err
}

const noOutcome = "an outcome is started, duplicate, filtered, looped, handshake, captured, refused or rejected"

// outcomesOf reads outcomes, with commas between them or each on its own.
func outcomesOf(texts []string) (all []trigger.Outcome, err error) {
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			if !slices.Contains(trigger.Outcomes, trigger.Outcome(word)) {
				return nil, one("outcome", "invalid", noOutcome)
			}
			all = append(all, trigger.Outcome(word))
		}
	}
	return all, nil
}

var deliveryDoc = api.Doc{
	ID: "getDelivery", Summary: "Show a delivery as it arrived, with its way",
	Gives: api.Gives{http.StatusOK: deliveryDocument{}}, Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

func (n Native) delivery(ctx context.Context, c *api.Call) (int, any, error) {
	d, err := n.foundDelivery(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, deliveryOf(d), nil
}

// foundDelivery is the delivery that the path names, for a key that reaches its
// environment.
func (n Native) foundDelivery(ctx context.Context, c *api.Call) (trigger.Delivery, error) {
	id, err := uuid.Parse(c.Param("delivery"))
	if err != nil {
		return trigger.Delivery{}, fault.New(fault.NotFound, "delivery %q does not exist", c.Param("delivery"))
	}
	d, err := c.Store.Delivery(ctx, id)
	if err != nil {
		return trigger.Delivery{}, err
	}
	_, err = reached(c, d.Environment)
	return d, err
}
