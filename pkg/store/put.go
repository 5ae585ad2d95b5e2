package store

import (
	"errors"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
)

// revised is a row that callers edit with If-Match.
type revised interface{ revision() int }

// insertOrLock is how a PUT with a chosen name begins. It inserts the row, or
// finds that the name is taken and reads the row that has it, locked until the
// transaction ends; old is nil when the insert happened. Two callers with one
// name meet in the unique index: one inserts, the other locks what it inserted.
func insertOrLock[R revised](tx *gorm.DB, row *R, ifRevision *int, lock func(*gorm.DB) (R, error)) (old *R, err error) {
	mayInsert := ifRevision == nil || *ifRevision == 0
	for {
		if mayInsert {
			made := tx.Clauses(unlessThere).Create(row)
			if made.Error != nil || made.RowsAffected > 0 {
				return nil, made.Error
			}
		}
		found, err := lock(tx)
		switch {
		case errors.Is(err, fault.NotFound) && mayInsert:
			continue // it was deleted in between, so the name is free
		case errors.Is(err, fault.NotFound):
			return nil, errRevision
		case err != nil:
			return nil, err
		case ifRevision != nil && *ifRevision != found.revision():
			return nil, errRevision
		}
		return &found, nil
	}
}

var errRevision = fault.New(fault.RevisionMismatch, "it has changed since the revision named in If-Match was read")
