package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onsethq/onset/pkg/fault"
)

func TestOnlyADatabaseThatIsAwayIsWorthComingBackFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		away bool
	}{
		"TooManyConnections": {&pgconn.PgError{Code: "53300"}, true},
		"DiskFull":           {&pgconn.PgError{Code: "53100"}, true},
		"ShuttingDown":       {&pgconn.PgError{Code: "57P01"}, true},
		"StartingUp":         {&pgconn.PgError{Code: "57P03"}, true},
		"ReadOnly":           {&pgconn.PgError{Code: "25006"}, true},
		"ConnectionFailure":  {&pgconn.PgError{Code: "08006"}, true},
		"OutOfTime":          {context.DeadlineExceeded, true},
		"CutOff":             {errors.New("unexpected EOF"), true},
		"Refused":            {&pgconn.ConnectError{}, true},
		"Interrupted":        {coded(9), true},
		"NoMemory":           {coded(7), false},
		"GuardedRow":         {&pgconn.PgError{Code: "P0T01"}, false},
		"BadText":            {&pgconn.PgError{Code: "22P02"}, false},
		"SyntaxError":        {&pgconn.PgError{Code: "42601"}, false},
	} {
		err := translate(fmt.Errorf("ask: %w", c.err))
		if got := errors.Is(err, fault.Unavailable); got != c.away {
			t.Errorf("%s: unavailable is %t, want %t", name, got, c.away)
		}
		if c.away && fault.Of(err).RetryAfter != time.Second {
			t.Errorf("%s: come back after %v", name, fault.Of(err).RetryAfter)
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

// coded is an error of SQLite.
type coded int

func (c coded) Error() string { return "SQLite refuses" }

func (c coded) Code() int { return int(c) }
