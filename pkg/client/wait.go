package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Wait is how a run stands when it has ended, or when it begins to wait for a
// person's answer. What ends by itself (a timer, another system's call, a run
// that this one started) it waits out.
func (c *Client) Wait(ctx context.Context, workspace, run string) (*Run, error) {
	for e, err := range c.Follow(ctx, workspace, run, Beginning) {
		switch {
		case err != nil:
			return nil, err
		case !e.Last() && !e.AsksPerson():
			continue
		}
		break
	}
	var r *Run
	err := Settled(ctx, func() (more bool, err error) {
		if r, err = c.Read(ctx, workspace, run); err != nil {
			return false, err
		}
		return r.FinishedAt == nil && !r.RequiresInput, nil
	})
	return r, err
}

// soonest and latest are how long is waited between two looks at a run that has
// asked somebody.
const (
	soonest = 50 * time.Millisecond
	latest  = time.Second
)

// Settled looks at a run until pending says that there is nothing to wait for, or
// fails. It is for a run that has asked a person: no event tells when it comes to
// rest. Between the two there is a write, and other branches may go on for long.
func Settled(ctx context.Context, pending func() (more bool, err error)) error {
	for pause := soonest; ; pause = min(2*pause, latest) {
		if more, err := pending(); err != nil || !more {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Read is how a run stands now.
func (c *Client) Read(ctx context.Context, workspace, run string) (*Run, error) {
	got, err := c.GetRunWithResponse(ctx, workspace, run, nil)
	switch {
	case err != nil:
		return nil, err
	case got.JSON200 == nil:
		return nil, errors.New("the server answered something else than a run: " + fmt.Sprint(got.StatusCode()))
	}
	return got.JSON200, nil
}
