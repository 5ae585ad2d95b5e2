package boot

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	// MaxSkew is how far this host's clock may be from the database's. Leases
	// live by the database's clock; everything a person reads, and a worker's
	// own fence, by the host's.
	MaxSkew   = 2 * time.Second
	skewEvery = time.Minute
)

// databaseClock is what clock needs of the store.
type databaseClock interface {
	Clock(ctx context.Context) (time.Time, error)
}

// clock compares this host's clock with the database's, at start and each
// minute: a process that is off is not ready.
type clock struct {
	database databaseClock
	health   *Health
	log      *slog.Logger
	now      func() time.Time
}

func (c clock) Name() string { return "clock" }

func (c clock) Run(ctx context.Context) error {
	tick := time.NewTicker(skewEvery)
	defer tick.Stop()
	for {
		c.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look says nothing when the database does not answer: that is told elsewhere.
func (c clock) look(ctx context.Context) {
	asked := c.now()
	there, err := c.database.Clock(ctx)
	if err != nil {
		return
	}
	off := Skew(asked, there, c.now())
	if off.Abs() < MaxSkew {
		c.health.Set("clock", nil)
		return
	}
	err = fmt.Errorf("this host's clock is %s off the database's: set it right (chrony, ntpd)", off)
	c.health.Set("clock", err)
	c.log.WarnContext(ctx, "clock is wrong", "off_ms", off.Milliseconds())
}

// Skew is how far the host is ahead of there, the database's time somewhere
// between asking and hearing. The doubt of that interval is given away.
func Skew(asked, there, heard time.Time) time.Duration {
	switch {
	case there.Before(asked):
		return asked.Sub(there)
	case there.After(heard):
		return heard.Sub(there)
	}
	return 0
}
