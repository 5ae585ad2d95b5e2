package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// confirmQuery says that it is meant.
type confirmQuery struct {
	Confirm string `query:"confirm" doc:"The name of the workspace; If-Match with its ETag does as well."`
}

var deleteWorkspaceDoc = api.Doc{
	ID: "deleteWorkspace", Summary: "Delete a workspace and everything in it, for good",
	Detail: "Its keys open nothing from the next call on, this one included; its secrets are gone and its name is free. Its runs cannot be reached any more and are deleted in the background. It is refused while runs are pending, running or waiting. There is no way back.",
	Query:  confirmQuery{}, Hears: []api.Header{api.IfMatch},
	Gives:   api.Gives{http.StatusNoContent: nil},
	Refuses: []fault.Code{fault.Conflict, fault.EnvironmentNotAllowed},
}

// deleteWorkspace ends the tenant of the key. It takes a key that reaches every
// environment, and a sign that this workspace is meant and no other.
func (n Native) deleteWorkspace(ctx context.Context, c *api.Call) (int, any, error) {
	if err := reachesAll(c, nil); err != nil {
		return 0, nil, err
	}
	revision, err := ifMatch(c)
	if err != nil {
		return 0, nil, err
	}
	if revision == nil && c.Query().Get("confirm") != c.Workspace.Name {
		return 0, nil, one("confirm", "invalid", "this deletes everything: say confirm="+c.Workspace.Name+", or send If-Match with the ETag that was read")
	}
	return http.StatusNoContent, nil, c.Store.DeleteWorkspace(ctx, revision, c.By())
}
