// Package doctor looks at an installation from outside and says of each thing
// that can be wrong with it whether it is, and what to do. It changes nothing.
package doctor

import (
	"context"
	"io"
	"time"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/services/onset/internal/table"
)

// State is how one thing stands.
type State string

const (
	OK      State = "ok"
	Wrong   State = "wrong"
	Unknown State = "unknown" // it could not be looked at
)

// Finding is what was found of one thing.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Found string `json:"found"`
	// Do is what to do about it; empty when it is well.
	Do string `json:"do,omitempty"`
}

// Doctor looks at the database and the Redis of its settings; where they name
// neither, at the server that answers on the admin address.
type Doctor struct {
	Settings boot.Settings
	Now      func() time.Time
}

// asking bounds what is asked of one server.
const asking = 10 * time.Second

// Look gives the findings, always in the same order.
func (d Doctor) Look(ctx context.Context) []Finding {
	if d.Settings.DatabaseURL == "" && d.Settings.RedisURL == "" {
		return d.server(ctx)
	}
	return append(d.database(ctx), d.redis(ctx)...)
}

// Faults counts what is wrong.
func Faults(findings []Finding) (n int) {
	for _, f := range findings {
		if f.State == Wrong {
			n++
		}
	}
	return n
}

// Print writes a line for each finding, and under it what to do.
func Print(w io.Writer, findings []Finding) error {
	var rows [][]string
	for _, f := range findings {
		rows = append(rows, []string{string(f.State), f.Check, f.Found})
		if f.Do != "" {
			rows = append(rows, []string{"", "", "do: " + f.Do})
		}
	}
	return table.Print(w, rows...)
}

func ok(check, found string) Finding          { return Finding{check, OK, found, ""} }
func wrong(check, found, do string) Finding   { return Finding{check, Wrong, found, do} }
func unknown(check, found, do string) Finding { return Finding{check, Unknown, found, do} }
