package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/tenant"
)

// login is a key beside the workspace that it opens.
type login struct {
	Key       keyRow       `gorm:"embedded;embeddedPrefix:k_"`
	Workspace workspaceRow `gorm:"embedded;embeddedPrefix:w_"`
}

const authenticate = `
select k.id k_id, k.workspace_id k_workspace_id, k.name k_name, k.handle k_handle, k.last4 k_last4, k.scopes k_scopes,
       k.environments k_environments, k.created_at k_created_at, k.created_by k_created_by, k.expires_at k_expires_at,
       k.revoked_at k_revoked_at, k.last_used_at k_last_used_at, k.successor_id k_successor_id,
       w.id w_id, w.name w_name, w.title w_title, w.tier w_tier, w.default_environment w_default_environment,
       w.limits w_limits, w.triggers_paused w_triggers_paused, w.revision w_revision, w.created_at w_created_at,
       w.updated_at w_updated_at
from keys k join workspaces w on w.id = k.workspace_id
where k.mac = ?`

// Authenticate finds the key with that keyed hash and its workspace, in one
// statement; an unknown one is fault.Unauthenticated. A key that is found may
// be revoked or expired: the caller asks key.Live.
func (s *Store) Authenticate(ctx context.Context, mac []byte) (key.Key, tenant.Workspace, error) {
	var found []login
	if err := s.db.WithContext(ctx).Raw(authenticate, mac).Scan(&found).Error; err != nil {
		return key.Key{}, tenant.Workspace{}, translate(err)
	}
	if len(found) == 0 {
		return key.Key{}, tenant.Workspace{}, fault.New(fault.Unauthenticated, "the key is not valid")
	}
	return found[0].Key.noun(), found[0].Workspace.noun(), nil
}

// TouchKey notes that the key was used, at most once a minute: a busy key must
// not cost a write per call.
func (s *Store) TouchKey(ctx context.Context, id uuid.UUID, at time.Time) error {
	return translate(s.db.WithContext(ctx).Table("keys").
		Where("id = ? and (last_used_at is null or last_used_at <= ?)", id, stampOf(at.Add(-time.Minute))).
		Update("last_used_at", stampOf(at)).Error)
}
