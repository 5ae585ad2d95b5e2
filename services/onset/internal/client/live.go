package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"
)

// Beginning is before the first event.
const Beginning = -1

// Live follows the events of a run, each once and in order, whatever happens to
// the connection.
type Live struct {
	Server
	Path string // of the events
	// After is the event that was seen last, or Beginning. It moves on.
	After int
	// Lost hears each time why the connection broke, before it is made again;
	// it may be nil.
	Lost func(error)
	// Silence is how long a connection may carry nothing, not even a heartbeat;
	// 0 means 35 s, three heartbeats. Patience is how long a server may be
	// away; 0 means 5 minutes, more than any restart takes.
	Silence, Patience time.Duration
}

const (
	usualSilence  = 35 * time.Second
	usualPatience = 5 * time.Minute
	// firstPause and longestPause are between two attempts to reach a server.
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
)

// errOver ends a view of which the server says that nothing is left.
var errOver = errors.New("nothing follows")

// Events gives the events behind After until the run has ended, or the error
// that made it impossible to go on: a refusal, a server that stays away, or
// the end of ctx.
func (l *Live) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		heard, pause := time.Now(), firstPause
		for {
			before := l.After
			left, err := l.connection(ctx, func() { heard = time.Now() }, yield)
			switch {
			case left || errors.Is(err, errOver):
				return
			case ctx.Err() != nil:
				yield(Event{}, ctx.Err())
				return
			case !passes(err):
				yield(Event{}, err)
				return
			}
			if l.After != before {
				pause = firstPause
			}
			if time.Since(heard) > cmp.Or(l.Patience, usualPatience) {
				yield(Event{}, fmt.Errorf("the live view does not come back: %w", err))
				return
			}
			if l.Lost != nil {
				l.Lost(err)
			}
			rest(ctx, max(pause, asked(err)))
			pause = min(2*pause, longestPause)
		}
	}
}

// connection gives the events of one connection, and tells when anything at all
// arrives. It is left when the caller wants no more or nothing follows.
func (l *Live) connection(ctx context.Context, tell func(), yield func(Event, error) bool) (left bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := cmp.Or(l.Silence, usualSilence)
	silent := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %s", silence)) })
	defer silent.Stop()
	body, err := l.connect(ctx)
	if err != nil {
		return false, cmp.Or(context.Cause(ctx), err)
	}
	defer body.Close()
	arrives := heard{body, func() { silent.Reset(silence); tell() }}
	for e, err := range events(arrives) {
		if err != nil {
			return false, cmp.Or(context.Cause(ctx), err)
		}
		if e.Seq <= l.After {
			continue
		}
		l.After = e.Seq
		if !yield(e, nil) || e.Last() {
			return true, nil
		}
	}
	return false, errors.New("the server ended the live view")
}

// passes says whether what broke a view may be over soon. What a server refuses
// now it refuses again, unless it is busy, or a proxy answers in its place.
func passes(err error) bool {
	var p *Problem
	return !errors.As(err, &p) || p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError
}

// asked is how long the server wants to be left alone.
func asked(err error) time.Duration {
	var p *Problem
	if errors.As(err, &p) {
		return p.After
	}
	return 0
}

func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
