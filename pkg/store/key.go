package store

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
)

type keyRow struct {
	ID           uuid.UUID
	WorkspaceID  uuid.UUID
	Name         string
	Handle       string
	MAC          []byte `gorm:"column:mac"`
	Last4        string `gorm:"column:last4"`
	Scopes       document[[]key.Scope]
	Environments document[[]string]
	CreatedAt    stamp
	CreatedBy    string
	ExpiresAt    *stamp
	RevokedAt    *stamp
	LastUsedAt   *stamp
	SuccessorID  *uuid.UUID
}

func (keyRow) TableName() string { return "keys" }

func (r keyRow) place() string { return r.ID.String() }

func (r keyRow) object() string { return "key/" + r.Name }

// audited is what the audit log says of a key.
func (r keyRow) audited() audit.Fields {
	return audit.Fields{
		"id": r.ID, "scopes": r.Scopes.V, "environments": r.Environments.V, "expires_at": moment(r.ExpiresAt),
		"revoked": r.RevokedAt != nil,
	}
}

func (r keyRow) noun() key.Key {
	return key.Key{
		ID:           r.ID,
		Workspace:    r.WorkspaceID,
		Name:         r.Name,
		Handle:       r.Handle,
		Last4:        r.Last4,
		Scopes:       r.Scopes.V,
		Environments: r.Environments.V,
		CreatedAt:    r.CreatedAt.Time,
		CreatedBy:    r.CreatedBy,
		ExpiresAt:    moment(r.ExpiresAt),
		RevokedAt:    moment(r.RevokedAt),
		LastUsedAt:   moment(r.LastUsedAt),
		Successor:    r.SuccessorID,
	}
}

// CreateKey stores a key by its keyed hash. A name that a key in force bears,
// or a value that is in use, is fault.Conflict.
func (t Tenant) CreateKey(ctx context.Context, k key.Key, mac []byte) (key.Key, error) {
	var row keyRow
	err := t.atomically(ctx, func(tx *gorm.DB) (err error) {
		row, err = t.createKey(tx, k, mac)
		t.mark.Changed(row.object(), nil, row.audited())
		return err
	})
	if err != nil {
		return key.Key{}, err
	}
	return row.noun(), nil
}

func (t Tenant) createKey(tx *gorm.DB, k key.Key, mac []byte) (keyRow, error) {
	if err := checkKey(k); err != nil {
		return keyRow{}, err
	}
	row := keyRow{
		ID: k.ID, WorkspaceID: t.ws, Name: k.Name, Handle: k.Handle, MAC: mac, Last4: k.Last4,
		Scopes:       document[[]key.Scope]{append([]key.Scope{}, k.Scopes...)},
		Environments: document[[]string]{append([]string{}, k.Environments...)},
		CreatedAt:    t.s.stamp(), CreatedBy: k.CreatedBy, ExpiresAt: stamped(k.ExpiresAt),
	}
	if row.ID == uuid.Nil {
		row.ID = newID()
	}
	made := tx.Clauses(unlessThere).Create(&row)
	if made.Error == nil && made.RowsAffected == 0 {
		return keyRow{}, fault.New(fault.Conflict, "key %q exists already, or its value is in use", k.Name)
	}
	return row, made.Error
}

func checkKey(k key.Key) error {
	return cmp.Or(
		checkName(k.Name),
		checkEnvironments(k.Environments),
		checkText("last4", k.Last4),
		checkText("created_by", k.CreatedBy),
	)
}

// Key finds a key by its id, or the one in force by its name.
func (t Tenant) Key(ctx context.Context, ref string) (key.Key, error) {
	row, err := t.key(t.db(ctx), ref)
	return row.noun(), translate(err)
}

func (t Tenant) key(tx *gorm.DB, ref string) (row keyRow, err error) {
	rows := t.rows(tx, "keys").Where(meant("keys", ref))
	if _, byID := refID(ref); !byID {
		rows = rows.Where("keys.revoked_at is null and keys.successor_id is null")
	}
	err = notFound(rows.Take(&row).Error, "key", ref)
	return row, err
}

// RevokeKey ends a key at that moment, and with it those that it replaced:
// nobody who ever knew the key gets in. One that was revoked before stays revoked
// since then.
func (t Tenant) RevokeKey(ctx context.Context, ref string, at time.Time) (key.Key, error) {
	var row keyRow
	err := t.atomically(ctx, func(tx *gorm.DB) (err error) {
		if row, err = t.key(tx.Clauses(forUpdate("keys")), ref); err != nil || row.RevokedAt != nil {
			t.mark.Settle()
			return err
		}
		old := row
		row.RevokedAt = stamped(&at)
		t.mark.Changed(row.object(), old.audited(), row.audited())
		return t.rows(tx, "keys").Where("(id = ? or successor_id = ?) and revoked_at is null", row.ID, row.ID).
			Update("revoked_at", row.RevokedAt).Error
	})
	return row.noun(), err
}
