package native

import "time"

// moment is a time as this surface writes it: UTC with milliseconds.
type moment time.Time

// MarshalText writes 2026-03-29T07:00:00.000Z.
func (m moment) MarshalText() ([]byte, error) {
	return []byte(time.Time(m).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// maybe is a time that may not have come.
func maybe(t *time.Time) *moment {
	if t == nil {
		return nil
	}
	m := moment(*t)
	return &m
}
