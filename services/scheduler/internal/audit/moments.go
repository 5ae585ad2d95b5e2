package audit

import (
	"context"
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

const (
	// sample is how many schedules are counted anew at a time. Each has its turn
	// again when all others had theirs.
	sample = 100
	// enough is how many moments of one schedule are counted at a time, and told
	// how many of them are wrong.
	enough, told = 5000, 100
)

// Accounts is what counting moments anew asks of the store.
type Accounts interface {
	Accounts(ctx context.Context, limit int) ([]store.Account, error)
	Audited(ctx context.Context, all []store.Audited) (unaccounted int, err error)
}

// moments counts the moments of some schedules anew, another way than the one by
// which they fire, and tells how many are not accounted for as they should be.
func (a *Auditor) moments(ctx context.Context) error {
	accounts, err := a.store.Accounts(ctx, sample)
	if err != nil {
		return err
	}
	var all []store.Audited
	for _, account := range accounts {
		found := count(account)
		if missing, extra := len(found.Missing), len(found.Extra); missing+extra > 0 {
			a.log.ErrorContext(ctx, "moments of a schedule are not accounted for", "trigger", account.Trigger.ID, "missing", missing, "extra", extra)
		}
		all = append(all, found)
	}
	n, err := a.store.Audited(ctx, all)
	if err == nil {
		a.unaccounted.Set(float64(n))
	}
	return err
}

// count holds an account against the schedule's calendar, day after day. A
// schedule that cannot be read is broken, which is told elsewhere.
func count(a store.Account) store.Audited {
	out := store.Audited{Account: a, To: a.Before}
	table, err := a.Trigger.Table()
	if err != nil {
		return out
	}
	var moments []time.Time
	for from := a.After; from.Before(a.Before) && len(moments) < enough; {
		out.To = from.Add(24 * time.Hour)
		if out.To.After(a.Before) {
			out.To = a.Before
		}
		moments = append(moments, table.Between(from, out.To)...)
		from = out.To.Add(-time.Nanosecond)
		if out.To.Equal(a.Before) {
			break
		}
	}
	out.Missing = firstOf(missing(a, moments))
	out.Extra = firstOf(extra(a, moments, out.To))
	return out
}

func firstOf(fires []trigger.Fire) []trigger.Fire { return fires[:min(len(fires), told)] }

// missing are the moments that no record holds, in any of the places that they
// need one in.
func missing(a store.Account, moments []time.Time) (all []trigger.Fire) {
	places := a.Places
	if len(places) == 0 {
		places = []string{""}
	}
	for _, place := range places {
		var held []trigger.Fire
		for _, f := range a.Fires {
			if place == "" || f.Environment == place {
				held = append(held, f)
			}
		}
		slices.SortFunc(held, func(x, y trigger.Fire) int { return x.At.Compare(y.At) })
		n := 0
		for _, at := range moments {
			for n < len(held) && held[n].Until.Before(at) {
				n++
			}
			if n == len(held) || held[n].At.After(at) {
				all = append(all, trigger.Fire{At: at, Environment: place})
			}
		}
	}
	return all
}

// extra are the records of one moment that is none. What was written in a place
// where the trigger does not start runs any more is no matter.
func extra(a store.Account, moments []time.Time, to time.Time) (all []trigger.Fire) {
	for _, f := range a.Fires {
		if f.Count > 1 || !f.At.After(a.After) || !f.At.Before(to) || len(a.Places) > 0 && !slices.Contains(a.Places, f.Environment) {
			continue
		}
		if _, is := slices.BinarySearchFunc(moments, f.At, time.Time.Compare); !is {
			all = append(all, trigger.Fire{At: f.At, Environment: f.Environment})
		}
	}
	return all
}
