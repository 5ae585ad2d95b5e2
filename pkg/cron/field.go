package cron

import (
	"fmt"
	"strconv"
	"strings"
)

// The places of an expression's fields.
const (
	second = iota
	minute
	hour
	day
	month
	weekday
	year
	fieldCount
)

// field is what one place may hold.
type field struct {
	name      string
	low, high int
	most      int // what the highest value may be written as: 7 is Sunday once more
	names     map[string]int
	// special reads what only days have; nil elsewhere. It gives nothing for
	// what is an item like any other.
	special func(field, string) (string, error)
}

var fields = [fieldCount]field{
	second:  {name: "second", low: 0, high: 59},
	minute:  {name: "minute", low: 0, high: 59},
	hour:    {name: "hour", low: 0, high: 23},
	day:     {name: "day of the month", low: 1, high: 31, special: dayOfMonth},
	month:   {name: "month", low: 1, high: 12, names: numbered(1, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
	weekday: {name: "day of the week", low: 0, high: 6, most: 7, names: numbered(0, "SUN MON TUE WED THU FRI SAT"), special: dayOfWeek},
	year:    {name: "year", low: 1970, high: 2199},
}

func numbered(from int, names string) map[string]int {
	all := map[string]int{}
	for i, name := range strings.Fields(names) {
		all[name] = from + i
	}
	return all
}

// maxItems bounds the lists of one expression.
const maxItems = 60

// read gives the field in digits. A list that holds "*" is nothing else.
func (f field) read(text string) (string, error) {
	items := strings.Split(text, ",")
	if len(items) > maxItems {
		return "", fmt.Errorf("the %s lists more than %d values", f.name, maxItems)
	}
	var read []string
	for _, text := range items {
		all, err := f.item(text)
		if err != nil {
			return "", fmt.Errorf("the %s %.30q %w", f.name, text, err)
		}
		if all == "*" {
			return all, nil
		}
		read = append(read, all)
	}
	return strings.Join(read, ","), nil
}

// item reads one value, range or step of a list.
func (f field) item(text string) (string, error) {
	if f.special != nil {
		if read, err := f.special(f, text); read != "" || err != nil {
			return read, err
		}
	}
	s, err := f.span(text)
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

// span is every stepth value of a range.
type span struct {
	from, to, step int
	all            bool // of the whole field
	sunday         bool // and Sunday, which a range of weekdays reached as the seventh
}

func (s span) String() string {
	var text string
	switch {
	case s.all:
		text = "*"
	case s.from == s.to:
		text = strconv.Itoa(s.from)
	default:
		text = fmt.Sprintf("%d-%d", s.from, s.to)
	}
	if s.step > 1 && s.from != s.to {
		text += "/" + strconv.Itoa(s.step)
	}
	if s.sunday {
		text += ",0"
	}
	return text
}

func (f field) span(text string) (span, error) {
	text, step, stepped := strings.Cut(text, "/")
	s := span{from: f.low, to: f.high, step: 1, all: text == "*" || text == "?"}
	ranged := true
	if !s.all {
		var err error
		if s.from, s.to, ranged, err = f.bounds(text); err != nil {
			return span{}, err
		}
	}
	if stepped {
		n, ok := digits(step)
		if !ok || n < 1 || n > f.high-f.low {
			return span{}, fmt.Errorf("needs a step from 1 to %d", f.high-f.low)
		}
		if s.step = n; !ranged {
			s.to = f.high
		}
	}
	return f.wrapped(s), nil
}

// wrapped writes the seventh day of the week as the one before the first.
func (f field) wrapped(s span) span {
	if s.from > f.high {
		s.from = f.low
		if s.to > f.high {
			s.to = f.low
		}
	}
	if s.to > f.high {
		s.sunday = (s.to-s.from)%s.step == 0
		s.to = f.high
	}
	return s
}

// bounds reads a value or a range.
func (f field) bounds(text string) (from, to int, ranged bool, err error) {
	first, last, ranged := strings.Cut(text, "-")
	if from, err = f.value(first); err != nil || !ranged {
		return from, from, ranged, err
	}
	if to, err = f.value(last); err != nil {
		return 0, 0, false, err
	}
	if last == "SUN" && from > 0 {
		to = 7
	}
	if from > to {
		return 0, 0, false, fmt.Errorf("runs backwards: write it as two ranges")
	}
	return from, to, true, nil
}

// value reads a number or a name.
func (f field) value(text string) (int, error) {
	if n, named := f.names[text]; named {
		return n, nil
	}
	n, ok := digits(text)
	if most := max(f.high, f.most); !ok || n < f.low || n > most {
		return 0, fmt.Errorf("is not from %d to %d", f.low, most)
	}
	return n, nil
}

// dayOfMonth reads L, the last day, and 15W, the weekday nearest to a day.
func dayOfMonth(f field, text string) (string, error) {
	if text == "L" {
		return text, nil
	}
	number, near := strings.CutSuffix(text, "W")
	if !near {
		return "", nil
	}
	n, err := f.value(number)
	return strconv.Itoa(n) + "W", err
}

// dayOfWeek reads 5L, the last Friday, and 1#2, the second Monday.
func dayOfWeek(f field, text string) (string, error) {
	if name, last := strings.CutSuffix(text, "L"); last {
		n, err := f.value(name)
		return strconv.Itoa(n%7) + "L", err
	}
	name, nth, numbered := strings.Cut(text, "#")
	if !numbered {
		return "", nil
	}
	n, err := f.value(name)
	if err != nil {
		return "", err
	}
	k, ok := digits(nth)
	if !ok || k < 1 || k > 5 {
		return "", fmt.Errorf("needs a number from 1 to 5 behind #")
	}
	return fmt.Sprintf("%d#%d", n%7, k), nil
}

// digits reads a number that is written with nothing but digits.
func digits(text string) (int, bool) {
	if text == "" || len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
