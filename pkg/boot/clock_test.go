package boot

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

func TestSkew(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.UnixMilli(1_000_000 + int64(ms)) }
	tests := []struct {
		name                string
		asked, there, heard int
		want                int // ms that the host is ahead
	}{
		{"Same", 0, 0, 0, 0},
		{"Between", 0, 3, 10, 0},
		{"SlowAnswer", 0, 3000, 5000, 0},
		{"HostBehind", 0, 2500, 500, -2000},
		{"HostAhead", 0, -2000, 500, 2000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Skew(at(tt.asked), at(tt.there), at(tt.heard)); got != time.Duration(tt.want)*time.Millisecond {
				t.Errorf("got %s", got)
			}
		})
	}
}

type fixedClock struct {
	at  time.Time
	err error
}

func (f *fixedClock) Clock(context.Context) (time.Time, error) { return f.at, f.err }

func TestAClockThatIsOffMakesTheProcessNotReady(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	there := &fixedClock{at: now}
	health := NewHealth()
	c := clock{database: there, health: health, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}
	ready := func() bool { return len(health.Problems(t.Context())) == 0 }

	steps := []struct {
		name string
		at   time.Time
		err  error
		want bool
	}{
		{"Right", now, nil, true},
		{"Nearly", now.Add(1999 * time.Millisecond), nil, true},
		{"Ahead", now.Add(-2 * time.Second), nil, false},
		{"NoAnswer", now, errors.New("away"), false}, // the last word stands
		{"RightAgain", now, nil, true},
		{"Behind", now.Add(time.Hour), nil, false},
	}
	for _, s := range steps {
		there.at, there.err = s.at, s.err
		if c.look(t.Context()); ready() != s.want {
			t.Errorf("%s: ready = %v, want %v", s.name, ready(), s.want)
		}
	}
}
