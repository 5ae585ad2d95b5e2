package native

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Workspaces is what making a workspace needs: the one thing that no workspace
// of its own contains.
type Workspaces interface {
	CreateWorkspace(ctx context.Context, w tenant.Workspace) (tenant.Workspace, error)
	In(workspace uuid.UUID) store.Tenant
}

type workspaceDocument struct {
	ID                 uuid.UUID     `json:"id"`
	Name               string        `json:"name"`
	Title              string        `json:"title"`
	Tier               string        `json:"tier"`
	DefaultEnvironment string        `json:"default_environment"`
	Limits             tenant.Limits `json:"limits"`
	TriggersPaused     bool          `json:"triggers_paused"`
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

// workspace is the one of the key, as it was read with it.
func (n Native) workspace(_ context.Context, c *api.Call) (int, any, error) {
	tag(c, c.Workspace.Revision)
	return http.StatusOK, workspaceOf(c.Workspace), nil
}

// created is a new workspace with the one key that opens it, shown once.
type created struct {
	workspaceDocument
	AdminKey string `json:"admin_key"`
}

// createWorkspace makes a workspace and its first key. It takes a key that may
// do everything everywhere and for ever: the new workspace's key can.
func (n Native) createWorkspace(ctx context.Context, c *api.Call) (int, any, error) {
	if err := key.Grant(c.Key, key.Presets["admin"], nil, nil); err != nil {
		return 0, nil, err
	}
	wanted, err := decode[struct {
		Name               string        `json:"name"`
		Title              string        `json:"title"`
		Tier               string        `json:"tier"`
		DefaultEnvironment string        `json:"default_environment"`
		Limits             tenant.Limits `json:"limits"`
	}](c.Raw)
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
	if w, err = n.Workspaces.CreateWorkspace(ctx, w); err != nil {
		return 0, nil, err
	}
	printed, err := key.New(n.Random)
	if err != nil {
		return 0, nil, err
	}
	_, err = n.Workspaces.In(w.ID).CreateKey(ctx, key.Key{
		Name: "admin", Handle: key.Handle(printed), Last4: printed.Last4(), Scopes: key.Presets["admin"], CreatedBy: c.By(),
	}, key.MAC(n.Pepper, printed))
	if err != nil {
		return 0, nil, err
	}
	tag(c, w.Revision)
	return http.StatusCreated, created{workspaceOf(w), printed.Reveal()}, nil
}

// whoami says whose key it is and what it may do.
func (n Native) whoami(_ context.Context, c *api.Call) (int, any, error) {
	return http.StatusOK, struct {
		Workspace workspaceDocument `json:"workspace"`
		Key       keyDocument       `json:"key"`
	}{workspaceOf(c.Workspace), n.keyOf(c.Key)}, nil
}
