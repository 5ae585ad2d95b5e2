package store

import (
	"bytes"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
)

// creationRow says what an Idempotency-Key made.
type creationRow struct {
	WorkspaceID uuid.UUID
	Scope       string
	Key         string
	Hash        []byte
	MadeID      uuid.UUID
	ExpiresAt   stamp
}

func (creationRow) TableName() string { return "creations" }

// once claims a key for what is being made, or gives the id of what it made
// before. Two callers with one key meet in the primary key: the second waits
// until the first has committed. A key whose time is over is as good as new,
// and those of the workspace are cleared away here.
func (t Tenant) once(tx *gorm.DB, scope string, o Once, id uuid.UUID) (made uuid.UUID, err error) {
	if o.Key == "" {
		return id, nil
	}
	now := t.s.stamp()
	if err := t.rows(tx, "creations").Where("expires_at <= ?", now).Delete(&creationRow{}).Error; err != nil {
		return uuid.Nil, err
	}
	row := creationRow{t.ws, scope, o.Key, o.Hash, id, stampOf(now.Add(o.TTL))}
	claimed := tx.Clauses(unlessThere).Create(&row)
	if claimed.Error != nil || claimed.RowsAffected > 0 {
		return id, claimed.Error
	}
	if err := t.rows(tx, "creations").Where("scope = ? and key = ?", scope, o.Key).Take(&row).Error; err != nil {
		return uuid.Nil, err
	}
	if !bytes.Equal(row.Hash, o.Hash) {
		return uuid.Nil, fault.New(fault.IdempotencyConflict, "the Idempotency-Key was used with a different request")
	}
	return row.MadeID, nil
}
