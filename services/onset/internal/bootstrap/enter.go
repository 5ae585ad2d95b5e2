package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/manifest"
	"github.com/onsethq/onset/pkg/store"
)

// startKey is the name of the key with which a start declares a workspace. It
// has no end of its own, because what it makes may not outlive it; only this
// process ever knows it, and the next start revokes what a dead one left.
const startKey = "onset-start"

// entered is a workspace, and the key of this start to it.
type entered struct {
	server *client.Client
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
	e := entered{id: w.ID.String(), store: s.env.Store.In(w.ID), now: s.env.Now}
	if err := e.revoke(ctx, startKey); err != nil {
		return entered{}, fmt.Errorf("revoke the key of an earlier start: %w", err)
	}
	printed, err := IssueKey(ctx, e.store, s.env.Keyring, key.Key{ID: uuid.New(), Name: startKey, CreatedBy: "onset up"})
	if err != nil {
		return entered{}, fmt.Errorf("make a key to workspace %s: %w", w.Name, err)
	}
	if e.server, err = s.server(printed); err != nil {
		return entered{}, err
	}
	e.close = func() {
		if err := e.revoke(context.WithoutCancel(ctx), startKey); err != nil {
			s.env.Log.WarnContext(ctx, "cannot revoke the key of this start", "key", startKey, "error", err)
		}
	}
	return e, nil
}

// revoke ends the key of that name, if there is one.
func (e entered) revoke(ctx context.Context, name string) error {
	_, err := e.store.RevokeKey(ctx, name, e.now())
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
