package retain

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
)

// shelves hold a number of batches each, and say when they are empty.
type shelves struct {
	keys, log, fires, backfills, deliveries, schedules, workspaces int

	err   error
	empty context.CancelFunc
}

func (s *shelves) SweepKeys(_ context.Context, limit int) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	return some(&s.keys, limit), nil
}

func (s *shelves) SweepAuditLog(_ context.Context, limit int) (int, error) {
	return some(&s.log, limit), nil
}

func (s *shelves) SweepFires(_ context.Context, keep time.Duration, limit int) (int, error) {
	return aged(&s.fires, keep, limit)
}

func (s *shelves) SweepBackfills(_ context.Context, keep time.Duration, limit int) (int, error) {
	return aged(&s.backfills, keep, limit)
}

func (s *shelves) CollapseFires(_ context.Context, after uuid.UUID, _ time.Duration, _ int) (uuid.UUID, error) {
	if s.schedules--; s.schedules > 0 {
		return uuid.UUID{after[0] + 1}, nil
	}
	return uuid.Nil, nil
}

func aged(batches *int, keep time.Duration, limit int) (int, error) {
	if keep != time.Hour {
		return 0, errors.New("that is not how long it is kept")
	}
	return some(batches, limit), nil
}

func (s *shelves) SweepDeliveries(_ context.Context, limit int) (int, error) {
	return some(&s.deliveries, limit), nil
}

// some takes a batch off; the last one is not a full one.
func some(batches *int, limit int) int {
	if *batches--; *batches > 0 {
		return limit
	}
	return 1
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
	for name, err := range map[string]error{"Plain": nil, "KeysFail": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			s := &shelves{keys: 3, log: 2, fires: 5, backfills: 2, deliveries: 5, schedules: 4, workspaces: 4, err: err, empty: cancel}
			Keeper{Store: s, Fires: time.Hour, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
			if err == nil && s.keys != 0 || s.log != 0 || s.fires != 0 || s.backfills != 0 || s.deliveries != 0 || s.schedules != 0 || s.workspaces != 0 {
				t.Errorf("left: %d batches of keys, %d of the audit log, %d of moments, %d of backfills, %d of deliveries, %d of schedules, %d of workspaces",
					s.keys, s.log, s.fires, s.backfills, s.deliveries, s.schedules, s.workspaces)
			}
		})
	}
}
