package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// tally is what a schedule was, and since when: what it owes follows from that
// alone. Every one fires at whole intervals since the beginning of 1970.
type tally struct {
	trigger string
	eras    []tempo
}

// tempo is an interval of so many seconds, from a moment of the database's clock.
type tempo struct {
	seconds int64
	since   time.Time
}

// owes are all moments of the schedule before a moment, in order.
func (l tally) owes(before time.Time) (all []int64) {
	for i, e := range l.eras {
		end := before.Add(-time.Nanosecond)
		if i+1 < len(l.eras) {
			end = l.eras[i+1].since
		}
		for at := e.since.Unix() - e.since.Unix()%e.seconds; at <= end.Unix(); at += e.seconds {
			if time.Unix(at, 0).After(e.since) && !time.Unix(at, 0).After(end) {
				all = append(all, at)
			}
		}
	}
	return all
}

// account is how the records of a schedule differ from what it owes.
type account struct{ owed, missing, double, foreign int }

// spell is a record: one moment or several in a row.
type spell struct {
	from, until time.Time
	count       int
}

// settle compares what is owed with what is written.
func settle(owed []int64, written []spell) (a account) {
	a.owed = len(owed)
	times := make([]int, len(owed))
	for _, s := range written {
		first, _ := slices.BinarySearch(owed, s.from.Unix())
		held := 0
		for i := first; i < len(owed) && owed[i] <= s.until.Unix(); i++ {
			times[i]++
			held++
		}
		a.foreign += max(s.count-held, 0)
	}
	for _, n := range times {
		switch {
		case n == 0:
			a.missing++
		case n > 1:
			a.double++
		}
	}
	return a
}

// settle settles the tallies of all schedules, which stand still.
func (c crew) settle(t *testing.T) (sum account) {
	t.Helper()
	for _, l := range c.tallies {
		var next time.Time
		if err := c.db.QueryRow(t.Context(), `select s.nominal_at from schedules s join triggers t on t.id = s.trigger_id where t.name = $1`, l.trigger).Scan(&next); err != nil {
			t.Fatalf("where does %s stand: %v", l.trigger, err)
		}
		rows, err := c.db.Query(t.Context(), `select nominal_at, until_at, count from fires f join triggers t on t.id = f.trigger_id where t.name = $1`, l.trigger)
		if err != nil {
			t.Fatal(err)
		}
		written, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (s spell, err error) { return s, r.Scan(&s.from, &s.until, &s.count) })
		if err != nil {
			t.Fatal(err)
		}
		a := settle(l.owes(next), written)
		sum.owed, sum.missing, sum.double, sum.foreign = sum.owed+a.owed, sum.missing+a.missing, sum.double+a.double, sum.foreign+a.foreign
	}
	return sum
}

func TestTallyComplains(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	l := tally{eras: []tempo{{1, noon.Add(-500 * time.Millisecond)}, {2, noon.Add(4 * time.Second)}}}
	owed := l.owes(noon.Add(10 * time.Second)) // 0 1 2 3 4, 6 8
	at := func(from, until, count int) spell {
		return spell{noon.Add(time.Duration(from) * time.Second), noon.Add(time.Duration(until) * time.Second), count}
	}
	for name, c := range map[string]struct {
		written []spell
		want    account
	}{
		"Right":   {[]spell{at(0, 3, 4), at(4, 4, 1), at(6, 8, 2)}, account{7, 0, 0, 0}},
		"Missing": {[]spell{at(0, 3, 4), at(6, 8, 2)}, account{7, 1, 0, 0}},
		"Double":  {[]spell{at(0, 4, 5), at(4, 4, 1), at(6, 8, 2)}, account{7, 0, 1, 0}},
		"Foreign": {[]spell{at(0, 4, 5), at(5, 5, 1), at(6, 8, 3)}, account{7, 0, 0, 2}},
	} {
		if got := settle(owed, c.written); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
