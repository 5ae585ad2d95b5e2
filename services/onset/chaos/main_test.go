package chaos

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

var full = flag.Bool("chaos.full", false, "the long form: more starts, the shipped lease, and a table of all figures")

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if *full {
		results.print(os.Stdout)
	}
	if left := alive(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "chaos: still running: %v\n", left)
		code = 1
	}
	if err := removeBinaries(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// alive are the processes of ours that outlived their tests.
func alive() (left []string) {
	for pid, name := range born.all() {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			left = append(left, fmt.Sprintf("%s (%d)", name, pid))
		}
	}
	return left
}

// either is the first value in an ordinary test and the second in the long form.
func either[T any](short, long T) T {
	if *full {
		return long
	}
	return short
}

// patience is how long anything may take that should come at once: the machine
// is shared with other tests.
const patience = time.Minute

// until polls a condition that something outside of this process makes true.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	if !within(patience, happened) {
		t.Fatalf("%s: not within %s", what, patience)
	}
}

// within polls a condition until it is true or the time is over.
func within(limit time.Duration, happened func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !happened(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
