package native

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// hookTaken is what became of a request to a webhook.
type hookTaken struct {
	Status     hookStatus `json:"status"`
	DeliveryID uuid.UUID  `json:"delivery_id" doc:"Where its trigger's owner finds it."`
	RunID      *uuid.UUID `json:"run_id" doc:"The run that it started, or that the delivery had started which it repeats."`
	Reason     *string    `json:"reason" doc:"Why it started no run; null when it did."`
}

// hookStatus is what became of a request that was taken in.
type hookStatus string

// accepted is the status of a request that started a run; the others bear the
// names of their outcomes.
const accepted hookStatus = "accepted"

// Shape is the schema of all of them.
func (hookStatus) Shape() map[string]any {
	return map[string]any{"type": "string", "enum": []any{
		accepted, trigger.DeliveryDuplicate, trigger.DeliveryFiltered, trigger.DeliveryLooped, trigger.DeliveryHandshake, trigger.DeliveryCaptured,
	}, "description": "accepted; or why it started no run."}
}

func hookDoc(as string) api.Doc {
	return api.Doc{
		ID: "receiveWebhook" + as, Summary: "Take a webhook in",
		Detail: "The URL to give to whoever sends; without an environment it stands for the workspace's own, or for the first that the trigger has. " +
			"There is no key: the request proves itself as the trigger's config says. " +
			"The answer comes as soon as the delivery is stored for good, with the run that it started; no worker has to be there. " +
			"Senders that shake hands are answered in their own words.",
		Gives: api.Gives{http.StatusOK: hookTaken{}, http.StatusAccepted: hookTaken{}},
		Refuses: []fault.Code{
			fault.BadJSON, fault.Unauthenticated, fault.NotFound, fault.TriggerPaused, fault.NoBuild, fault.PayloadTooLarge,
			fault.UnsupportedMediaType, fault.CodeInvalid, fault.QueueFull, fault.RateLimited,
		},
	}
}

// hook takes a webhook in.
func (n Native) hook(ctx context.Context, c *api.Call) (int, any, error) {
	environment := strings.ToUpper(c.Param("environment"))
	if environment != "" && !tenant.IsEnvironment(environment) {
		return 0, nil, fault.New(fault.NotFound, "no such environment: DEV, UAT or PROD")
	}
	_, taken, err := n.Inbound.Take(ctx, c, api.Webhook{Trigger: c.Param("trigger"), Environment: environment, Surface: "native"})
	if err != nil {
		return 0, nil, err
	}
	if said := taken.Report.Answer; said != nil {
		return http.StatusOK, api.Said{ContentType: said.ContentType, Body: said.Body}, nil
	}
	status, shown := hookOf(taken)
	return status, shown, nil
}

func hookOf(t intake.Taken) (int, hookTaken) {
	d := hookTaken{Status: hookStatus(t.Delivery.Outcome), DeliveryID: t.Delivery.ID, Reason: orNull(t.Delivery.Reason)}
	if t.Delivery.Run != uuid.Nil {
		d.RunID = &t.Delivery.Run
	}
	if t.Delivery.Outcome != trigger.DeliveryStarted {
		return http.StatusOK, d
	}
	d.Status = accepted
	return http.StatusAccepted, d
}
