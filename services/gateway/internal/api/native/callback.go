package native

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// callbackDocument says that a run has heard.
type callbackDocument struct {
	Status string `json:"status" doc:"Always accepted."`
}

var callbackDoc = api.Doc{
	ID: "answerCallback", Summary: "Answer a run that called another system and waits for it",
	Detail: "The address is in the call, once for each, and needs no key. Any JSON is taken, once; nothing is taken of an address that we did not make. " +
		"A body that is left out is null.",
	Takes: json.RawMessage{}, Optional: true, Gives: api.Gives{http.StatusAccepted: callbackDocument{}},
	Refuses: []fault.Code{fault.Conflict, fault.AlreadyFinished, fault.RateLimited},
}

// callback takes what another system posts to the address that it was told.
func (n Native) callback(ctx context.Context, c *api.Call) (int, any, error) {
	pass, ours := n.Links.Open(link.Systems, c.Param("ask"), c.Param("token"))
	if !ours {
		return 0, nil, fault.New(fault.NotFound, "no such callback")
	}
	body, err := optional[json.RawMessage](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if body == nil {
		body = json.RawMessage("null")
	}
	_, r, err := n.Workspaces.In(pass.Workspace).Answer(ctx, pass.Ask, run.Answer{Decision: run.Given, Output: body, By: "callback"})
	if err != nil {
		return 0, nil, err
	}
	n.Launcher.Bells.Knock()
	n.Announce(r.ID)
	return http.StatusAccepted, callbackDocument{"accepted"}, nil
}
