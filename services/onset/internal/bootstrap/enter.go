package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/onset/internal/client"
)

// keyLife bounds the key of a start that dies before it can revoke it.
const keyLife = 10 * time.Minute

// entered is a workspace, and the key of this start to it.
type entered struct {
	server client.Server
	id     string
	store  store.Tenant
	now    func() time.Time
	close  func()
}

// enter opens a workspace for this start, and makes it when it is not there.
func (s *starter) enter(ctx context.Context, declared manifest.Workspace) (entered, error) {
	w, err := OpenWorkspace(ctx, s.env.Store, declared.Name, s.env.Settings.DefaultTier)
	if err != nil {
		return entered{}, fmt.Errorf("open workspace %s: %w", declared.Name, err)
	}
	in, id, until := s.env.Store.In(w.ID), uuid.New(), s.env.Now().Add(keyLife)
	printed, err := IssueKey(ctx, in, s.env.Keyring, key.Key{
		ID: id, Name: "start-" + strings.ToLower(id.String()[:8]), CreatedBy: "onset up", ExpiresAt: &until,
	})
	if err != nil {
		return entered{}, fmt.Errorf("make a key to workspace %s: %w", w.Name, err)
	}
	return entered{
		server: s.server(printed),
		id:     w.ID.String(),
		store:  in,
		now:    s.env.Now,
		close: func() {
			// A key that could not be revoked ends by itself.
			if _, err := in.RevokeKey(context.WithoutCancel(ctx), id.String(), s.env.Now()); err != nil {
				s.env.Log.WarnContext(ctx, "cannot revoke the key of this start", "key", id, "error", err)
			}
		},
	}, nil
}

// revoke ends the key of that name, if there is one.
func (e entered) revoke(ctx context.Context, name string) error {
	_, err := e.store.RevokeKey(ctx, name, e.now())
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
