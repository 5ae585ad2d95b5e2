package flowra

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// started is the answer of a webhook that started an execution, or had started
// it before.
type started struct {
	Success bool      `json:"success" doc:"true"`
	Message string    `json:"message"`
	Data    execution `json:"data"`
}

// ignored is the answer of a webhook that starts nothing.
type ignored struct {
	Success bool   `json:"success" doc:"true"`
	Message string `json:"message"`
}

type execution struct {
	TriggerID   uuid.UUID `json:"triggerId"`
	ExecutionID uuid.UUID `json:"executionId"`
	ThreadID    uuid.UUID `json:"threadId"`
}

var webhookDoc = api.Doc{
	ID: "receiveInstanceWebhook", Summary: "Take a webhook of a trigger instance in",
	Detail: "It bears no key. Where the instance has a secret, `X-Webhook-Signature` or `X-Hub-Signature-256` (`sha256=` and the hex HMAC of the body) or the " +
		"three headers of Standard Webhooks prove it. A repeated delivery is answered with 202 as well, and finds the execution of the first.",
	Gives:   api.Gives{http.StatusOK: ignored{}, http.StatusAccepted: started{}},
	Refuses: []fault.Code{fault.Unauthenticated, fault.NotFound, fault.TriggerPaused, fault.NoBuild, fault.PayloadTooLarge, fault.QueueFull, fault.RateLimited},
}

// webhook takes a webhook in.
func (f Flowra) webhook(ctx context.Context, c *api.Call) (int, any, error) {
	box, taken, err := f.Inbound.Take(ctx, c, api.Webhook{Trigger: c.Param("trigger"), Kind: trigger.KindWebhook, Surface: "flowra"})
	switch {
	case errors.Is(err, fault.NotFound):
		return 0, nil, errNoInstance
	case errors.Is(err, fault.TriggerPaused):
		return 0, nil, fault.New(fault.TriggerPaused, "Trigger instance is disabled")
	case err != nil:
		return 0, nil, err
	}
	switch taken.Delivery.Outcome {
	case trigger.DeliveryStarted, trigger.DeliveryDuplicate:
	default:
		return http.StatusOK, ignored{true, "Event ignored by filters"}, nil
	}
	again, cancel := context.WithTimeout(c.Request.Context(), f.Patience)
	defer cancel()
	r, err := f.Inbound.Store.In(box.Workspace().ID).Run(again, taken.Delivery.Run)
	if err != nil {
		return 0, nil, err
	}
	message := "Trigger accepted"
	if !taken.Fresh {
		message = "Trigger was accepted before"
	}
	return http.StatusAccepted, started{true, message, execution{box.Trigger().ID, r.ID, r.ThreadID}}, nil
}

var errNoInstance = fault.New(fault.NotFound, "Trigger instance not found")
