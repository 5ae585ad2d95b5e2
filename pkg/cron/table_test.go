package cron_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// table is an expression as lists of values, and as the text that means them.
type table struct{ minute, hour, day, month, weekday part }

// part is a field: its text, and what it matches. days decides by the whole
// date where values cannot.
type part struct {
	text   string
	values map[int]bool
	days   func(wall time.Time) bool
}

func (x table) text() string {
	return strings.Join([]string{x.minute.text, x.hour.text, x.day.text, x.month.text, x.weekday.text}, " ")
}

func (x table) fixed() bool { return !starred(x.minute.text) && !starred(x.hour.text) }

// starred says whether a field begins with "*", or holds it alone in its list.
func starred(text string) bool {
	return strings.HasPrefix(text, "*") || strings.HasPrefix(text, "?") ||
		slices.ContainsFunc(strings.Split(text, ","), func(item string) bool { return item == "*" || item == "*/1" })
}

func (x table) matches(wall time.Time) bool {
	if !x.minute.values[wall.Minute()] || !x.hour.values[wall.Hour()] || !x.month.values[int(wall.Month())] {
		return false
	}
	day := x.day.values[wall.Day()] || x.day.days != nil && x.day.days(wall)
	weekday := x.weekday.values[int(wall.Weekday())] || x.weekday.days != nil && x.weekday.days(wall)
	if starred(x.day.text) || starred(x.weekday.text) {
		return day && weekday
	}
	return day || weekday
}

func randomTable(r *rand.Rand) table {
	x := table{
		minute: values(r, 0, 59), hour: values(r, 0, 23), day: values(r, 1, 31), month: values(r, 1, 12), weekday: values(r, 0, 6),
	}
	switch r.IntN(8) { // most tables mean every day
	case 0:
		x.day = specialDay(r)
	case 1:
		x.weekday = specialWeekday(r)
	case 2, 3, 4, 5:
		x.day, x.weekday = every("*", 1, 31), every("?", 0, 6)
	}
	if r.IntN(4) > 0 {
		x.month = every("*", 1, 12)
	}
	return x
}

func every(text string, low, high int) part {
	p := part{text: text, values: map[int]bool{}}
	p.add(low, high, 1)
	return p
}

func (p part) add(from, to, step int) {
	for n := from; n <= to; n += step {
		p.values[n] = true
	}
}

// values is a random list of values, ranges and steps.
func values(r *rand.Rand, low, high int) part {
	p := part{values: map[int]bool{}}
	var items []string
	for range 1 + r.IntN(3)*r.IntN(2) {
		a := low + r.IntN(high-low+1)
		b := a + r.IntN(high-a+1)
		step := 1 + r.IntN(high-low)
		switch r.IntN(6) {
		case 0:
			items = append(items, "*")
			p.add(low, high, 1)
		case 1:
			items = append(items, fmt.Sprintf("*/%d", step))
			p.add(low, high, step)
		case 2:
			items = append(items, fmt.Sprintf("%d-%d", a, b))
			p.add(a, b, 1)
		case 3:
			items = append(items, fmt.Sprintf("%d-%d/%d", a, b, step))
			p.add(a, b, step)
		case 4:
			items = append(items, fmt.Sprintf("%d/%d", a, step))
			p.add(a, high, step)
		default:
			items = append(items, fmt.Sprint(a))
			p.add(a, a, 1)
		}
	}
	p.text = strings.Join(items, ",")
	return p
}

func specialDay(r *rand.Rand) part {
	if r.IntN(2) == 0 {
		return part{text: "L", days: func(w time.Time) bool { return w.AddDate(0, 0, 1).Month() != w.Month() }}
	}
	n := 1 + r.IntN(28)
	return part{text: fmt.Sprintf("%dW", n), days: func(w time.Time) bool { return w.Day() == nearest(w, n) }}
}

// nearest is the weekday that is nearest to a day, in the same month.
func nearest(w time.Time, n int) int {
	at := time.Date(w.Year(), w.Month(), n, 0, 0, 0, 0, time.UTC)
	switch {
	case at.Weekday() == time.Saturday && n == 1:
		return 3
	case at.Weekday() == time.Saturday:
		return n - 1
	case at.Weekday() == time.Sunday && at.AddDate(0, 0, 1).Month() != at.Month():
		return n - 2
	case at.Weekday() == time.Sunday:
		return n + 1
	}
	return n
}

func specialWeekday(r *rand.Rand) part {
	names := strings.Fields("SUN Mon tue WED thu FRI Sat")
	n, k := r.IntN(7), 1+r.IntN(5)
	switch r.IntN(4) {
	case 0:
		return part{text: names[n] + "L", days: func(w time.Time) bool {
			return int(w.Weekday()) == n && w.AddDate(0, 0, 7).Month() != w.Month()
		}}
	case 1:
		return part{text: fmt.Sprintf("%s#%d", names[n], k), days: func(w time.Time) bool {
			return int(w.Weekday()) == n && (w.Day()-1)/7 == k-1
		}}
	case 2:
		p := part{text: fmt.Sprintf("%d-7", max(1, n)), values: map[int]bool{0: true}}
		p.add(max(1, n), 6, 1)
		return p
	}
	p := part{text: fmt.Sprintf("%s,SAT-SUN/%d", names[n], k), values: map[int]bool{n: true, 6: true}}
	if k == 1 {
		p.values[0] = true
	}
	return p
}
