package main

import (
	"context"
	"fmt"
	"io"
	"time"

	pprof "github.com/google/pprof/profile"
)

// bench is where and how is measured.
type bench struct {
	Binary          string // the product
	Database, Redis string // servers of its own
	Brief           bool
	// Profile asks the product what it does with its time. That costs some.
	Profile bool
	Aside   io.Writer

	profiles []*pprof.Profile
}

// measure takes every row in every round, so that a slow minute of the machine
// falls upon all of them.
func (b *bench) measure(ctx context.Context, chosen []row, rounds int) (report, error) {
	takings := map[string][]taking{}
	for n := range rounds {
		for _, r := range chosen {
			if r.once && n > 0 {
				continue
			}
			began := time.Now()
			t, err := r.measure(ctx, b)
			if err != nil {
				return report{}, fmt.Errorf("measure %s: %w", r.name, err)
			}
			takings[r.name] = append(takings[r.name], t)
			fmt.Fprintf(b.Aside, "round %d, %s: %s, in %s\n", n+1, r.name, t, time.Since(began).Round(100*time.Millisecond))
		}
	}
	return newReport(chosen, takings, time.Now()), nil
}

// scaled is the amount of work: all of it, or a hundredth.
func (b *bench) scaled(n int) int {
	if b.Brief {
		return max(n/100, 10)
	}
	return n
}

// lasting is how long something goes on: all of it, or a fiftieth.
func (b *bench) lasting(d time.Duration) time.Duration {
	if b.Brief {
		return max(d/50, 200*time.Millisecond)
	}
	return d
}
