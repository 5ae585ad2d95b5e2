package cron

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	descriptor "github.com/lnquy/cron"
)

// Phrase says the expression as a person would, for the usual ones: "Weekdays at
// 9:00 AM EST". The zone is named as it is at the next moment of the schedule.
// ok is false for what no short phrase fits.
//
// The phrases are those of contract/schedules-and-signatures.md, A1.
func (e Expr) Phrase(zone *time.Location, next time.Time) (text string, ok bool) {
	if e.fields[second] != "0" || e.fields[year] != "*" {
		return "", false
	}
	if text, ok := e.interval(); ok {
		return text, true
	}
	days, ok := e.days()
	at, timed := e.times()
	if !ok || !timed {
		return "", false
	}
	return days + " at " + at + suffix(zone, next), true
}

// Describe is Phrase, and where there is none a sentence that says each field.
func (e Expr) Describe(zone *time.Location, next time.Time) string {
	if text, ok := e.Phrase(zone, next); ok {
		return text
	}
	if text, err := sentence(e.String()); err == nil {
		return text
	}
	return "Custom schedule: " + e.String()
}

// sentence is the library's. It gives up with a panic on lists of ranges with
// steps.
func sentence(text string) (said string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("describe %s: %v", text, p)
		}
	}()
	d, err := descriptor.NewDescriptor()
	if err != nil {
		return "", err
	}
	return d.ToDescription(text, descriptor.Locale_en)
}

// interval are phrases of what happens all day long.
func (e Expr) interval() (text string, ok bool) {
	if e.fields[day] != "*" || e.fields[month] != "*" || e.fields[weekday] != "*" {
		return "", false
	}
	m, h := e.fields[minute], e.fields[hour]
	past := ""
	if n, number := digits(m); number && n > 0 {
		past = fmt.Sprintf(" at :%02d", n)
	} else if !number {
		past = "-"
	}
	everyMinutes, minutes := strings.CutPrefix(m, "*/")
	everyHours, hours := strings.CutPrefix(h, "*/")
	switch {
	case m == "*" && h == "*":
		return "Every minute", true
	case minutes && h == "*":
		return "Every " + everyMinutes + " minutes", true
	case past != "-" && h == "*":
		return "Every hour" + past, true
	case past != "-" && hours:
		return "Every " + everyHours + " hours" + past, true
	}
	return "", false
}

// times are the times of the day, where they can be listed.
func (e Expr) times() (text string, ok bool) {
	m, ok := digits(e.fields[minute])
	if !ok {
		return "", false
	}
	var all []string
	for _, item := range strings.Split(e.fields[hour], ",") {
		h, ok := digits(item)
		if !ok {
			return "", false
		}
		all = append(all, time.Date(0, 1, 1, h, m, 0, 0, time.UTC).Format("3:04 PM"))
	}
	if len(all) == 1 && all[0] == "12:00 AM" {
		return "midnight", true
	}
	return list(all), true
}

// days are the days, where a few words say them.
func (e Expr) days() (text string, ok bool) {
	d, m, w := e.fields[day], e.fields[month], e.fields[weekday]
	n, numbered := digits(d)
	month, one := digits(m)
	switch {
	case d == "*" && m == "*" && w == "*":
		return "Daily", true
	case d == "*" && m == "*":
		return weekdays(w)
	case w != "*":
		return "", false
	case numbered && m == "*":
		return "Monthly on the " + ordinal(n), true
	case d == "L" && m == "*":
		return "Monthly on the last day", true
	case numbered && one:
		return fmt.Sprintf("Every year on %s %d", time.Month(month), n), true
	}
	return "", false
}

func weekdays(days string) (text string, ok bool) {
	if days == "1-5" {
		return "Weekdays", true
	}
	var all []int
	for _, item := range strings.Split(days, ",") {
		n, ok := digits(item)
		if !ok {
			return "", false
		}
		all = append(all, n)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if slices.Equal(all, []int{0, 6}) {
		return "Weekends", true
	}
	var names []string
	for _, n := range all {
		names = append(names, time.Weekday(n).String())
	}
	return "Every " + list(names), true
}

// list joins what is listed: "a", "a and b", "a, b and c".
func list(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

func ordinal(n int) string {
	ending := "th"
	if n < 11 || n > 13 {
		ending = map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10]
	}
	if ending == "" {
		ending = "th"
	}
	return strconv.Itoa(n) + ending
}

// suffix names a zone that is not UTC.
func suffix(zone *time.Location, next time.Time) string {
	if zone.String() == "UTC" {
		return ""
	}
	name, _ := next.In(zone).Zone()
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return " (" + zone.String() + ")"
	}
	return " " + name
}
