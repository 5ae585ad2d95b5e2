package store

import (
	"bytes"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Replayed is a run that has ended, for one that repeats a part of it. It is empty
// when the run does not exist any more.
type Replayed struct {
	Run     run.Run
	Journal []run.Record
}

// replayed reads the run that r repeats from the middle.
func (t Tenant) replayed(ctx context.Context, r run.Run) (*Replayed, error) {
	if r.Cause.From == "" {
		return nil, nil
	}
	id, err := uuid.Parse(r.Cause.ReplayOf)
	if err != nil {
		return &Replayed{}, nil
	}
	of, err := t.Run(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return &Replayed{}, nil
	}
	if err != nil {
		return nil, err
	}
	if !of.Status.Terminal() {
		return nil, fault.New(fault.Unavailable, "run %q, which is to be repeated, goes on", id)
	}
	journal, err := t.past(ctx, of)
	return &Replayed{of, journal}, err
}

// Same says that r repeats the run as it was: by the same build, and told the
// same.
func (of Replayed) Same(r run.Run) bool {
	if r.GraphID != of.Run.GraphID || r.Build != of.Run.Build || r.Message != of.Run.Message {
		return false
	}
	before, err := canonical(of.Run.UserVariables)
	if err != nil {
		return false
	}
	after, err := canonical(r.UserVariables)
	return err == nil && bytes.Equal(before, after)
}
