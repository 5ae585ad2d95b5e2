package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
)

// RotateKey puts fresh in the place of a key: it takes over the name, the
// scopes, the environments and the end, and of fresh only the handle, the last
// characters and the maker are read. The old key ends after the overlap, or
// when it would have ended anyway; without an overlap it is revoked. One that is
// dead, or has a successor already, is fault.Conflict: of two who rotate the
// same key at once, one does.
func (t Tenant) RotateKey(ctx context.Context, ref string, fresh key.Key, mac []byte, at time.Time, overlap time.Duration) (made, old key.Key, err error) {
	var was, is keyRow
	err = t.atomically(ctx, func(tx *gorm.DB) (err error) {
		if was, err = t.key(tx.Clauses(forUpdate("keys")), ref); err != nil {
			return err
		}
		if err := rotatable(was.noun(), at); err != nil {
			return err
		}
		is = t.successor(was, fresh, mac)
		t.mark.Changed(is.object(), was.audited(), is.audited())
		was.leave(is.ID, at, overlap)
		if err := t.rows(tx, "keys").Where("id = ?", was.ID).
			Select("successor_id", "expires_at", "revoked_at").Updates(&was).Error; err != nil {
			return err
		}
		// Every key that works on under the name knows who bears it now.
		if err := t.rows(tx, "keys").Where("successor_id = ?", was.ID).Update("successor_id", is.ID).Error; err != nil {
			return err
		}
		return tx.Create(&is).Error
	})
	if err != nil {
		return key.Key{}, key.Key{}, err
	}
	return is.noun(), was.noun(), nil
}

func rotatable(k key.Key, at time.Time) error {
	switch {
	case k.Successor != nil:
		return fault.New(fault.Conflict, "key %q was rotated already: its successor is %s", k.Name, k.Successor)
	case !k.Live(at):
		return fault.New(fault.Conflict, "key %q is revoked or expired: make a new one", k.Name)
	}
	return nil
}

func (t Tenant) successor(was keyRow, fresh key.Key, mac []byte) keyRow {
	return keyRow{
		ID: newID(), WorkspaceID: t.ws, Name: was.Name, Handle: fresh.Handle, MAC: mac, Last4: fresh.Last4,
		Scopes: was.Scopes, Environments: was.Environments,
		CreatedAt: t.s.stamp(), CreatedBy: fresh.CreatedBy, ExpiresAt: was.ExpiresAt,
	}
}

// leave gives the row's name to its successor. A key never works longer than it
// would have.
func (r *keyRow) leave(successor uuid.UUID, at time.Time, overlap time.Duration) {
	r.SuccessorID = &successor
	if overlap <= 0 {
		r.RevokedAt = stamped(&at)
		return
	}
	end := at.Add(overlap)
	if r.ExpiresAt == nil || end.Before(r.ExpiresAt.Time) {
		r.ExpiresAt = stamped(&end)
	}
}
