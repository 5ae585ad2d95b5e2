package audit

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
)

const (
	// sample is how many schedules are counted anew at a time, one after the
	// other, and back how far.
	sample = 50
	back   = 10 * time.Minute
)

// Accounts is what counting moments anew asks of the store.
type Accounts interface {
	Accounts(ctx context.Context, after uuid.UUID, limit int, back time.Duration) ([]store.Account, error)
}

// moments counts the moments of some schedules anew, another way than the one by
// which they fire, and tells how many are not accounted for as they should be.
func (a *Auditor) moments(ctx context.Context) error {
	accounts, err := a.store.Accounts(ctx, a.last, sample, back)
	if err != nil {
		return err
	}
	a.last = uuid.Nil
	if len(accounts) == sample {
		a.last = accounts[sample-1].Trigger.ID
	}
	sum := 0
	for _, account := range accounts {
		if n := unaccounted(account); n > 0 {
			sum += n
			a.log.ErrorContext(ctx, "moments of a schedule are not accounted for", "trigger", account.Trigger.ID, "moments", n)
		}
	}
	a.unaccounted.Set(float64(sum))
	return nil
}

// unaccounted is how many moments have no record, and how many records no
// moment. Where clocks were just changed it cannot tell.
func unaccounted(a store.Account) (n int) {
	table, err := a.Trigger.Table()
	if err != nil || !table.Steady(a.After, a.Before) {
		return 0
	}
	written := map[string]bool{}
	for _, f := range a.Fires {
		if f.Count == 1 && f.At.After(a.After) && slices.Contains(a.Places, f.Environment) && !table.Names(f.At) {
			n++
		}
		written[f.Environment+f.At.UTC().String()] = true
	}
	for at := a.After.Truncate(time.Second).Add(time.Second).UTC(); at.Before(a.Before); at = at.Add(time.Second) {
		if !table.Names(at) {
			continue
		}
		for _, place := range a.Places {
			if !written[place+at.String()] && !inRange(a, place, at) {
				n++
			}
		}
	}
	return n
}

// inRange says whether a record of several moments holds this one.
func inRange(a store.Account, place string, at time.Time) bool {
	for _, f := range a.Fires {
		if f.Count > 1 && f.Environment == place && !at.Before(f.At) && !at.After(f.Until) {
			return true
		}
	}
	return false
}
