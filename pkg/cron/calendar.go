package cron

import (
	"strconv"
	"strings"
	"time"
)

// calendar is an expression as whoever turns the leaves of a calendar reads it.
// gronx has no part in it: what one says is held against the other.
type calendar struct {
	seconds, minutes, hours, months, years []bool
	day                                    func(date time.Time) bool
}

func (e Expr) calendar() calendar {
	of := func(place int) []bool {
		marked, _ := marks(e.fields[place], fields[place])
		return marked
	}
	return calendar{of(second), of(minute), of(hour), of(month), of(year), days(e.fields[day], e.fields[weekday])}
}

// names says whether the expression means that second of a clock.
func (c calendar) names(wall time.Time) bool {
	return c.date(wall) && c.hours[wall.Hour()] && c.minutes[wall.Minute()] && c.seconds[wall.Second()]
}

// date says whether the expression means any second of that day.
func (c calendar) date(at time.Time) bool {
	return at.Year() < len(c.years) && c.years[at.Year()] && c.months[at.Month()] && c.day(at)
}

// marks are the numbers of a field, which was read before and is right. What
// only days have is left over.
func marks(text string, f field) (marked []bool, special []string) {
	marked = make([]bool, f.high+1)
	for item := range strings.SplitSeq(text, ",") {
		if strings.ContainsAny(item, "LW#") {
			special = append(special, item)
			continue
		}
		span, step, stepped := strings.Cut(item, "/")
		first, last, ranged := strings.Cut(span, "-")
		from, to, by := number(first), number(last), 1
		switch {
		case span == "*":
			from, to = f.low, f.high
		case !ranged:
			to = from
		}
		if stepped {
			by = number(step)
		}
		for n := from; n <= to; n += by {
			marked[n] = true
		}
	}
	return marked, special
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // it was read before
	return n
}

// days are the days of the month and those of the week: either of them where
// both say more than "*", else both.
func days(ofMonth, ofWeek string) func(date time.Time) bool {
	inMonth, specialInMonth := marks(ofMonth, fields[day])
	inWeek, specialInWeek := marks(ofWeek, fields[weekday])
	both := strings.HasPrefix(ofMonth, "*") || strings.HasPrefix(ofWeek, "*")
	return func(date time.Time) bool {
		month := inMonth[date.Day()] || anyOf(specialInMonth, date, specialDay)
		week := inWeek[date.Weekday()] || anyOf(specialInWeek, date, specialWeekday)
		if both {
			return month && week
		}
		return month || week
	}
}

func anyOf(items []string, date time.Time, is func(string, time.Time) bool) bool {
	for _, item := range items {
		if is(item, date) {
			return true
		}
	}
	return false
}

// specialDay is L, the last day of the month, or 15W, the day from Monday to
// Friday of the same month that is nearest to the fifteenth.
func specialDay(item string, date time.Time) bool {
	last := lastDay(date)
	if item == "L" {
		return date.Day() == last
	}
	want := number(strings.TrimSuffix(item, "W"))
	if want > last {
		return false
	}
	at := date.AddDate(0, 0, want-date.Day())
	switch {
	case at.Weekday() == time.Saturday && want == 1, at.Weekday() == time.Sunday && want == last:
		want += map[time.Weekday]int{time.Saturday: 2, time.Sunday: -2}[at.Weekday()]
	case at.Weekday() == time.Saturday:
		want--
	case at.Weekday() == time.Sunday:
		want++
	}
	return date.Day() == want
}

// specialWeekday is 5L, the last Friday of the month, or 1#2, its second Monday.
func specialWeekday(item string, date time.Time) bool {
	if weekday, last := strings.CutSuffix(item, "L"); last {
		return int(date.Weekday()) == number(weekday) && date.Day() > lastDay(date)-7
	}
	weekday, nth, _ := strings.Cut(item, "#")
	return int(date.Weekday()) == number(weekday) && (date.Day()+6)/7 == number(nth)
}

func lastDay(date time.Time) int {
	return time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
