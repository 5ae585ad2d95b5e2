package retain

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

// shelves hold a number of batches each, and say when they are empty.
type shelves struct {
	keys, entries, workspaces int
	err                       error
	empty                     context.CancelFunc
}

func (s *shelves) SweepKeys(_ context.Context, limit int) (int, error) {
	return s.sweep(&s.keys, limit)
}

func (s *shelves) SweepAuditLog(_ context.Context, limit int) (int, error) {
	return s.sweep(&s.entries, limit)
}

func (s *shelves) sweep(shelf *int, limit int) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if *shelf--; *shelf > 0 {
		return limit, nil
	}
	return 1, nil
}

func (s *shelves) SweepWorkspaces(context.Context, int) (bool, error) {
	if s.workspaces--; s.workspaces > 0 {
		return true, nil
	}
	s.empty()
	return false, nil
}

func TestOneRoundEmptiesEveryShelf(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"Plain": nil, "OthersFail": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			s := &shelves{keys: 3, entries: 2, workspaces: 4, err: err, empty: cancel}
			Keeper{Store: s, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
			if err == nil && s.keys+s.entries != 0 || s.workspaces != 0 {
				t.Errorf("left: %d batches of keys, %d of the audit log, %d of workspaces", s.keys, s.entries, s.workspaces)
			}
		})
	}
}
