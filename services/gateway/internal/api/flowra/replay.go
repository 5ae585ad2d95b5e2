package flowra

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// replayed is the answer of a webhook that was sent again.
type replayed struct {
	Success bool   `json:"success" doc:"true"`
	Message string `json:"message"`
	Data    replay `json:"data"`
}

type replay struct {
	LogID       uuid.UUID  `json:"logId" doc:"The new invocation."`
	ReplayOf    uuid.UUID  `json:"replayOf"`
	ExecutionID *uuid.UUID `json:"executionId" doc:"null when it started none."`
}

var replayDoc = api.Doc{
	ID: "replayInvocation", Summary: "Send a webhook again",
	Detail: "It goes the way of a new one, except that nobody asks whether it came before. The key needs the scope delivery:read beside trigger:invoke, and may stand in `x-api-key`.",
	Gives:  api.Gives{http.StatusCreated: replayed{}},
	Refuses: []fault.Code{
		fault.NotFound, fault.Conflict, fault.TriggerPaused, fault.NoBuild, fault.QueueFull, fault.EnvironmentNotAllowed,
	},
}

// replay sends a webhook again.
func (f Flowra) replay(ctx context.Context, c *api.Call) (int, any, error) {
	if !c.Key.Allows(key.DeliveryRead) {
		return 0, nil, fault.New(fault.Forbidden, "This key lacks the scope %s", key.DeliveryRead)
	}
	id, err := uuid.Parse(c.Param("delivery"))
	if err != nil {
		return 0, nil, errNoLog
	}
	d, err := c.Store.Delivery(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && !c.Key.Reaches(d.Environment) {
		return 0, nil, errNoLog
	}
	if err != nil {
		return 0, nil, err
	}
	taken, err := f.Inbound.Replay(ctx, d, intake.Again{Source: c.Peer.String(), Surface: "flowra"})
	switch {
	case errors.Is(err, fault.NotFound):
		return 0, nil, errNoInstance
	case err != nil:
		return 0, nil, err
	}
	c.Altered("delivery/"+d.ID.String(), nil, audit.Fields{"replayed_as": taken.Delivery.ID})
	message := "Webhook replayed successfully"
	if taken.Delivery.Reason != "" {
		message = "Webhook replayed; no execution was started: " + taken.Delivery.Reason
	}
	return http.StatusCreated, replayed{true, message, replay{taken.Delivery.ID, d.ID, orNull(taken.Delivery.Run)}}, nil
}

var errNoLog = fault.New(fault.NotFound, "Invocation log not found")
