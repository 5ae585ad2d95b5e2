package store

import (
	"context"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
)

// KeptUnder holds a database to the master key that it was first opened with:
// its keys are hashed and its secrets sealed under that one. fingerprint says
// which key without telling it. Fault: Conflict when it is another.
func (s *Store) KeptUnder(ctx context.Context, fingerprint string) error {
	db := s.db.WithContext(ctx)
	if err := db.Exec(`insert into facts (name, value) values ('master_key', ?) on conflict (name) do nothing`, fingerprint).Error; err != nil {
		return translate(fmt.Errorf("say which master key: %w", err))
	}
	known, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	if known != fingerprint {
		return fault.New(fault.Conflict, "the database was made under another master key")
	}
	return nil
}

// Keeper is the fingerprint of the master key that the database is held to;
// empty when nothing has opened it yet.
func (s *Store) Keeper(ctx context.Context) (fingerprint string, err error) {
	err = s.db.WithContext(ctx).Raw(`select value from facts where name = 'master_key'`).Scan(&fingerprint).Error
	if err != nil {
		return "", translate(fmt.Errorf("ask which master key: %w", err))
	}
	return fingerprint, nil
}
