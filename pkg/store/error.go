package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/fault"
)

// translate tells apart what a caller can do something about: a database that is
// away, which is asked again in a second, and everything else, which is ours.
// Faults pass unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return err
	case away(err):
		return unavailable(err)
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.Wrap(err, fault.NotFound, "not found")
	default:
		return err
	}
}

// unavailable is what is told of a database that is away.
func unavailable(cause error) error {
	return fault.Wrap(cause, fault.Unavailable, "the service is temporarily unavailable").After(time.Second)
}

// away says that the database could not be asked: no connection, no time, no
// disk, read-only, or shutting down.
func away(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return awayState(pg.Code)
	}
	if code := resultCode(err); code != 0 {
		return awayCode(code)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, driver.ErrBadConn) || errors.As(err, &network) || errors.As(err, &connect) ||
		pgconn.Timeout(err) || lost(err)
}

// awayState judges a SQLSTATE: connection errors, insufficient resources,
// operator intervention, read-only, and a statement that ran out of its time.
func awayState(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") ||
		strings.HasPrefix(code, "57") || strings.HasPrefix(code, "58") || code == "25006" || code == "25P03"
}

// The primary result codes of SQLite that are judged here.
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadOnly   = 8
	sqliteInterrupt  = 9 // whoever asked ran out of time
	sqliteIOError    = 10
	sqliteFull       = 13
	sqliteCannotOpen = 14
	sqliteConstraint = 19
)

// awayCode judges a primary result code of SQLite.
func awayCode(code int) bool {
	switch code {
	case sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteInterrupt, sqliteIOError, sqliteFull, sqliteCannotOpen:
		return true
	}
	return false
}

// lost says that a connection ended in the middle of a conversation, so that
// nobody knows whether the last statement was committed.
func lost(err error) bool {
	for _, e := range []string{"unexpected EOF", "conn closed", "connection reset", "broken pipe", "closed pool", "database is closed"} {
		if strings.Contains(err.Error(), e) {
			return true
		}
	}
	return false
}

// silent says that a statement was sent and no answer came: the connection was
// lost, the server shut down, or the time ran out.
func silent(err error) bool {
	return away(err) && !pgconn.SafeToRetry(err) && state(err) == "" || strings.HasPrefix(state(err), "57")
}

// lockTimeout says that a row stayed locked for longer than the statement may
// wait.
func lockTimeout(err error) bool { return state(err) == "55P03" }

// state is the SQLSTATE of err, or "".
func state(err error) string {
	if err == nil {
		return ""
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// deadlock says that the database ended one of several transactions that waited
// for each other. The same transaction, tried again, goes through.
func deadlock(err error) bool { s := state(err); return s == "40P01" || s == "40001" }

// refusedData says that one row of a batch cannot be stored, whoever's company
// it keeps: a value out of range, not JSON, or against a constraint.
func refusedData(err error) bool {
	s := state(err)
	return strings.HasPrefix(s, "22") || strings.HasPrefix(s, "23") || resultCode(err) == sqliteConstraint
}

// repeated says that a row with that key is there already.
func repeated(err error) bool { return state(err) == "23505" || resultCode(err) == sqliteConstraint }

// resultCode is the primary result code of SQLite in err, or 0.
func resultCode(err error) int {
	var lite interface{ Code() int }
	if errors.As(err, &lite) {
		return lite.Code() & 0xff
	}
	return 0
}
