package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Workspaces is what making a workspace needs: the one thing that no workspace
// of its own contains.
type Workspaces interface {
	CreateWorkspaceWithKey(ctx context.Context, w tenant.Workspace, k key.Key, mac []byte) (tenant.Workspace, error)
	// In is the view of a workspace that a link of ours names.
	In(workspace uuid.UUID) store.Tenant
}

type workspaceDocument struct {
	ID                 uuid.UUID     `json:"id"`
	Name               string        `json:"name"`
	Title              string        `json:"title"`
	Tier               string        `json:"tier"`
	DefaultEnvironment string        `json:"default_environment"`
	Limits             tenant.Limits `json:"limits"`
	TriggersPaused     bool          `json:"triggers_paused" doc:"The kill switch: nothing starts while it is on."`
	Revision           int           `json:"revision"`
	CreatedAt          moment        `json:"created_at"`
	UpdatedAt          moment        `json:"updated_at"`
}

func workspaceOf(w tenant.Workspace) workspaceDocument {
	return workspaceDocument{
		ID: w.ID, Name: w.Name, Title: w.Title, Tier: w.Tier, DefaultEnvironment: w.DefaultEnvironment,
		Limits: w.Limits, TriggersPaused: w.TriggersPaused, Revision: w.Revision,
		CreatedAt: moment(w.CreatedAt), UpdatedAt: moment(w.UpdatedAt),
	}
}

var workspaceDoc = api.Doc{
	ID: "getWorkspace", Summary: "Read the workspace of the key",
	Gives: api.Gives{http.StatusOK: workspaceDocument{}},
}

// workspace is the one of the key, as it was read with it.
func (n Native) workspace(_ context.Context, c *api.Call) (int, any, error) {
	tag(c, c.Workspace.Revision)
	return http.StatusOK, workspaceOf(c.Workspace), nil
}

var workspacesDoc = api.Doc{
	ID: "listWorkspaces", Summary: "List the workspaces that the key opens",
	Detail: "A key opens one.",
	Gives:  api.Gives{http.StatusOK: list[workspaceDocument]{}},
}

// workspaces are those that the key opens: its own.
func (n Native) workspaces(_ context.Context, c *api.Call) (int, any, error) {
	return http.StatusOK, listOf([]tenant.Workspace{c.Workspace}, "", workspaceOf), nil
}

// createdWorkspace comes with the one key that opens it, shown once.
type createdWorkspace struct {
	workspaceDocument
	AdminKey string `json:"admin_key" doc:"A key that may do everything in the new workspace. It is shown this once."`
}

// workspaceWanted asks for a workspace.
type workspaceWanted struct {
	Name               string        `json:"name" required:"true" doc:"Stands in paths and never changes."`
	Title              string        `json:"title"`
	Tier               string        `json:"tier" doc:"What the installation gives to a workspace that names none, unless said."`
	DefaultEnvironment string        `json:"default_environment" doc:"DEV, UAT or PROD: where a start goes that names none."`
	Limits             tenant.Limits `json:"limits"`
}

var createWorkspaceDoc = api.Doc{
	ID: "createWorkspace", Summary: "Make a workspace and its first key",
	Detail: "It takes a key that may do everything, everywhere and for ever. No graph, trigger or run of one workspace can be seen from another.",
	Takes:  workspaceWanted{}, Gives: api.Gives{http.StatusCreated: createdWorkspace{}},
	Refuses: []fault.Code{fault.Conflict},
}

// createWorkspace makes a workspace and its first key. It takes a key that may
// do everything everywhere and for ever: the new workspace's key can.
func (n Native) createWorkspace(ctx context.Context, c *api.Call) (int, any, error) {
	if err := key.Grant(c.Key, key.Presets["admin"], nil, nil); err != nil {
		return 0, nil, err
	}
	wanted, err := decode[workspaceWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	w := tenant.Workspace{
		Name: wanted.Name, Title: wanted.Title, Tier: wanted.Tier,
		DefaultEnvironment: wanted.DefaultEnvironment, Limits: wanted.Limits,
	}
	if w.Tier == "" {
		w.Tier = n.Tier
	}
	printed, err := key.New(n.Random)
	if err != nil {
		return 0, nil, err
	}
	w, err = n.Workspaces.CreateWorkspaceWithKey(ctx, w, key.Key{
		Name: "admin", Handle: key.Handle(printed), Last4: printed.Last4(), Scopes: key.Presets["admin"], CreatedBy: c.By(),
	}, key.MAC(n.Pepper, printed))
	if err != nil {
		return 0, nil, err
	}
	c.Altered("workspace/"+w.Name, nil, audit.Fields{"id": w.ID, "title": w.Title, "tier": w.Tier, "limits": w.Limits})
	tag(c, w.Revision)
	return http.StatusCreated, createdWorkspace{workspaceOf(w), printed.Reveal()}, nil
}

// bearerDocument is whose key it is.
type bearerDocument struct {
	Workspace workspaceDocument `json:"workspace"`
	Key       keyDocument       `json:"key"`
}

var whoamiDoc = api.Doc{
	ID: "whoami", Summary: "Say whose key it is and what it may do",
	Gives: api.Gives{http.StatusOK: bearerDocument{}},
}

// whoami says whose key it is and what it may do.
func (n Native) whoami(_ context.Context, c *api.Call) (int, any, error) {
	return http.StatusOK, bearerDocument{workspaceOf(c.Workspace), n.keyOf(c.Key)}, nil
}
