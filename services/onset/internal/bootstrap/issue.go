package bootstrap

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
)

// OpenWorkspace finds a workspace by its name, or makes it.
func OpenWorkspace(ctx context.Context, s *store.Store, name, tier string) (tenant.Workspace, error) {
	w, err := s.WorkspaceByName(ctx, name)
	if errors.Is(err, fault.NotFound) {
		w, err = s.CreateWorkspace(ctx, tenant.Workspace{Name: name, Tier: tier})
	}
	return w, err
}

// IssueKey makes a key that may do everything in its workspace, straight in the
// store: the one that a workspace begins with, while nobody has a key to ask
// for it. k says its name, who makes it and when it ends.
func IssueKey(ctx context.Context, in store.Tenant, ring *secret.Keyring, k key.Key) (secret.Secret, error) {
	printed, err := key.New(rand.Reader)
	if err != nil {
		return "", err
	}
	k.Handle, k.Last4, k.Scopes = key.Handle(printed), printed.Last4(), key.Presets["admin"]
	_, err = in.CreateKey(ctx, k, key.MAC(ring.Derive(key.Pepper), printed))
	return printed, err
}
