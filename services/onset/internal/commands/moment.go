package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ago reads a time, or how long ago it was.
func ago(flag, text string, now time.Time) (time.Time, error) {
	return momentOf(flag, text, func(d time.Duration) time.Time { return now.Add(-d) })
}

// ahead reads a time, or how far ahead it is.
func ahead(flag, text string, now time.Time) (time.Time, error) {
	return momentOf(flag, text, now.Add)
}

func momentOf(flag, text string, from func(time.Duration) time.Time) (time.Time, error) {
	if d, err := duration(text); err == nil && d >= 0 {
		return from(d), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%s: %q is neither a duration such as 24h nor a time such as 2026-03-29T07:00:00Z", flag, text)
	}
	return at, nil
}

// day is what 1d stands for.
const day = 24 * time.Hour

// duration is one of Go's, or a whole number of days such as 90d.
func duration(text string) (time.Duration, error) {
	if days, whole := strings.CutSuffix(text, "d"); whole {
		n, err := strconv.ParseInt(days, 10, 16)
		return time.Duration(n) * day, err
	}
	return time.ParseDuration(text)
}
