package client

import (
	"context"
	"errors"
	"fmt"
)

// Wait is how a run stands when it has ended, or when it begins to wait for a
// person's answer. What ends by itself (a timer, another system's call, a run
// that this one started) it waits out.
func (c *Client) Wait(ctx context.Context, workspace, run string) (*Run, error) {
	for e, err := range c.Follow(ctx, workspace, run, Beginning) {
		switch {
		case err != nil:
			return nil, err
		case e.Name != "run.waiting" && !e.Last():
			continue
		}
		r, err := c.Read(ctx, workspace, run)
		if err != nil || r.FinishedAt != nil || r.RequiresInput {
			return r, err
		}
		// It was answered meanwhile and goes on, or nobody is asked.
	}
	return c.Read(ctx, workspace, run)
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
