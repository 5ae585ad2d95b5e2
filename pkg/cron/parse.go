package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxLength is how many bytes an expression may have.
const MaxLength = 100

// Horizon is within how many years an expression has to fire.
const Horizon = 5

var tags = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
	"@everysecond": "* * * * * *", "@always": "* * * * *",
	"@5minutes": "*/5 * * * *", "@10minutes": "*/10 * * * *", "@15minutes": "*/15 * * * *", "@30minutes": "*/30 * * * *",
}

// Parse reads an expression of five fields (minute, hour, day, month, weekday),
// of six (a second before them, or a year of four digits behind), of seven
// (both), or a tag like @daily. Names of months and weekdays may be in any case;
// "?" is "*", as Quartz writes it, and weekdays count from Sunday, 0 or 7.
//
// The error is a sentence that names the field. An expression that does not fire
// within Horizon years of now is refused with ErrNever.
func Parse(text string, now time.Time) (Expr, error) {
	parts, err := split(text)
	if err != nil {
		return Expr{}, err
	}
	var e Expr
	for place, part := range parts {
		if e.fields[place], err = fields[place].read(part); err != nil {
			return Expr{}, err
		}
	}
	e.fixed = !strings.HasPrefix(e.fields[minute], "*") && !strings.HasPrefix(e.fields[hour], "*")
	at, err := e.onClock(now.UTC(), false)
	if err != nil || at.After(now.AddDate(Horizon, 0, 0)) {
		return Expr{}, ErrNever
	}
	return e, nil
}

// split gives every field its place.
func split(text string) (parts [fieldCount]string, err error) {
	if len(text) > MaxLength {
		return parts, fmt.Errorf("it has more than %d characters", MaxLength)
	}
	if strings.ContainsAny(text, "\n\r\v\f") {
		return parts, errors.New("its fields are separated by spaces, not by lines")
	}
	words := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		tag := strings.ToLower(words[0])
		if tags[tag] == "" {
			return parts, fmt.Errorf("there is no tag %q: use @hourly, @daily, @weekly, @monthly or @yearly", tag)
		}
		words = strings.Fields(tags[tag])
	}
	switch {
	case len(words) == 5:
		words = append(append([]string{"0"}, words...), "*")
	case len(words) == 6 && dated(words[5]):
		words = append([]string{"0"}, words...)
	case len(words) == 6:
		words = append(words, "*")
	case len(words) != 7:
		return parts, fmt.Errorf("it has %d fields, and needs 5: minute, hour, day, month and weekday", len(words))
	}
	return [fieldCount]string(words), nil
}

// dated says whether the last of six fields is a year.
func dated(text string) bool {
	_, ok := digits(text)
	return ok && len(text) == 4
}
