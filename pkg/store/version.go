package store

import (
	"context"
	"fmt"
)

// Version is which release of its product the database is: the text as the
// product writes it, and its first number.
func (s *Store) Version(ctx context.Context) (text string, major int, err error) {
	ask := "show server_version"
	if s.dialect == sqlite {
		ask = "select sqlite_version()"
	}
	if err := s.db.WithContext(ctx).Raw(ask).Row().Scan(&text); err != nil {
		return "", 0, translate(fmt.Errorf("ask the database for its version: %w", err))
	}
	if _, err := fmt.Sscanf(text, "%d", &major); err != nil {
		return text, 0, fmt.Errorf("read the version %q of the database: %w", text, err)
	}
	return text, major, nil
}
