package store

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Chain is a run and those that stand behind it, the nearest first: the parent of
// a child, and the run that caused a delivery. It is empty when the workspace has
// no such run.
func (t Tenant) Chain(ctx context.Context, id uuid.UUID) (chain []run.Run, err error) {
	for len(chain) <= 2*run.MaxDepth {
		r, err := t.Run(ctx, id)
		if errors.Is(err, fault.NotFound) {
			return chain, nil
		}
		if err != nil {
			return nil, err
		}
		chain = append(chain, r)
		before := r.Cause.CausedBy
		if before == "" {
			before = r.Cause.ParentRun
		}
		if id, err = uuid.Parse(before); err != nil {
			return chain, nil
		}
	}
	return chain, nil
}
