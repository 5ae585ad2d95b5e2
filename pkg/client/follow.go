package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"
)

// Follower follows a run live: every event once and in order, whatever happens
// to the connection and to the server.
type Follower struct {
	Client         *Client
	Workspace, Run string
	// After is the event that was seen last, or Beginning. It moves on.
	After string
	// Lost hears each time why the connection broke, before it is made again;
	// it may be nil.
	Lost func(error)
	// Silence is how long a connection may carry nothing, not even a heartbeat;
	// 0 means 35 s, three heartbeats. Patience is how long a server may be
	// away; 0 means 5 minutes, more than a restart takes.
	Silence, Patience time.Duration
}

const (
	usualSilence  = 35 * time.Second
	usualPatience = 5 * time.Minute
	// firstPause and longestPause are between two attempts to reach a server.
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
)

// Follow gives a run's events behind the one with the id after, to the run's
// end.
func (c *Client) Follow(ctx context.Context, workspace, run, after string) iter.Seq2[RunEvent, error] {
	f := Follower{Client: c, Workspace: workspace, Run: run, After: after}
	return f.Events(ctx)
}

// errOver says that the run has ended, or the reader has seen enough.
var errOver = errors.New("nothing is left to see")

// Events gives the events behind After until the run has ended. It ends early
// with the error that makes it impossible to go on: a refusal, a server that
// stays away, or the end of ctx.
func (f *Follower) Events(ctx context.Context) iter.Seq2[RunEvent, error] {
	return func(yield func(RunEvent, error) bool) {
		heard, pause := time.Now(), firstPause
		for {
			before := f.After
			err := f.connection(ctx, func() { heard = time.Now() }, yield)
			if f.After != before {
				pause = firstPause
			}
			switch {
			case errors.Is(err, errOver):
				return
			case ctx.Err() != nil:
				err = ctx.Err()
			case !passing(err):
			case time.Since(heard) > cmp.Or(f.Patience, usualPatience):
				err = fmt.Errorf("the live view does not come back: %w", err)
			default:
				f.lost(err)
				rest(ctx, max(pause, asked(err)))
				pause = min(2*pause, longestPause)
				continue
			}
			yield(RunEvent{}, err)
			return
		}
	}
}

// connection gives the events of one connection and tells when anything at all
// arrives. It ends with errOver when the caller wants no more or nothing
// follows, and else with what broke it.
func (f *Follower) connection(ctx context.Context, tell func(), yield func(RunEvent, error) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := cmp.Or(f.Silence, usualSilence)
	silent := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing came for %s", silence)) })
	defer silent.Stop()
	arrived := func() {
		silent.Reset(silence)
		tell()
	}
	err := f.stream(ctx, arrived, func(e RunEvent) error {
		switch e.ID {
		case Beginning:
		case f.After: // sent again
			return nil
		default:
			f.After = e.ID
		}
		if !yield(e, nil) || e.Last() {
			return errOver
		}
		return nil
	})
	if why := context.Cause(ctx); why != nil && !errors.Is(err, errOver) {
		return why
	}
	return err
}

func (f *Follower) stream(ctx context.Context, arrived func(), see func(RunEvent) error) error {
	params := &StreamEventsParams{}
	if f.After != Beginning {
		params.LastEventID = &f.After
	}
	resp, err := f.Client.StreamEvents(ctx, f.Workspace, f.Run, params)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNoContent:
		return errOver
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream"):
		return errNonsense
	}
	return events(heard{resp.Body, arrived}, see)
}

func (f *Follower) lost(err error) {
	if f.Lost != nil {
		f.Lost(err)
	}
}

// passing says whether an error may be gone the next time: what a server
// refuses it refuses again, unless it is busy or a proxy answers in its place.
func passing(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError
	}
	return !errors.Is(err, errNonsense)
}

// asked is how long the server wants to be left alone.
func asked(err error) time.Duration {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.RetryAfter
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

// heard tells that something arrived.
type heard struct {
	io.Reader
	tell func()
}

// Read reads on.
func (h heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.tell()
	}
	return n, err
}
