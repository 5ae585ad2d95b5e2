package store

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// stampFormat has one width, so that on SQLite, which keeps times as text, the
// order of texts is the order of times. Postgres reads the same text.
const stampFormat = "2006-01-02T15:04:05.000000Z"

// stamp is a moment in a column: UTC, whole microseconds, whatever zone it came
// in.
type stamp struct{ time.Time }

// stampOf is a noun's moment as the column will keep it, so that what is
// answered is what is stored.
func stampOf(t time.Time) stamp { return stamp{instant(t)} }

// stamped is the optional moment of a noun as a column.
func stamped(t *time.Time) *stamp {
	if t == nil {
		return nil
	}
	s := stampOf(*t)
	return &s
}

// moment is the optional moment of a column as a noun.
func moment(s *stamp) *time.Time {
	if s == nil {
		return nil
	}
	return &s.Time
}

// Value is how both databases are told a moment.
func (s stamp) Value() (driver.Value, error) { return s.UTC().Format(stampFormat), nil }

// Scan reads what Postgres gives as a time and SQLite as text.
func (s *stamp) Scan(src any) (err error) {
	switch v := src.(type) {
	case time.Time:
		s.Time = v.UTC()
		return nil
	case string:
		s.Time, err = time.Parse(stampFormat, v)
		return err
	}
	return fmt.Errorf("a moment cannot be read from %T", src)
}

// ScanTimestamptz reads what Postgres gives to a statement of its own driver,
// without a time in a box on the way.
func (s *stamp) ScanTimestamptz(v pgtype.Timestamptz) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("a moment cannot be read from %v", v)
	}
	s.Time = v.Time.UTC()
	return nil
}

// stamp is now.
func (s *Store) stamp() stamp { return stampOf(s.now()) }
