package engine

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trouble"
)

const (
	// pace is the least time between two claims after one that did not fill
	// the free slots: a burst rings far more often than it pays to look, and a
	// claim costs as much to begin as a dozen runs of it.
	pace = 8 * time.Millisecond
	// claimPatience bounds a claim; a database that is away is asked again
	// after a pause that grows to maxClaimPause.
	claimPatience = 5 * time.Second
	maxClaimPause = 2 * time.Second
)

// claim takes ready runs whenever a bell rings, a slot comes free or the poll
// comes round, and starts an attempt for each.
func (w *Worker) claim(ctx context.Context, p *pool) {
	defer p.close()
	claiming := trouble.Teller{Log: w.Log, What: "claim " + string(p.class) + " runs"}
	poll := time.NewTicker(w.Poll)
	defer poll.Stop()
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.bell:
		case <-poll.C:
		}
		free := p.free()
		if free == 0 {
			continue // a slot that comes free rings
		}
		claims, err := w.claimOnce(ctx, p, free)
		claiming.Tell(ctx, err)
		for _, c := range claims {
			w.start(p, c)
		}
		switch {
		case err != nil:
			pause = min(max(2*pause, 100*time.Millisecond), maxClaimPause)
			p.wake()
		case len(claims) == free:
			pause = 0
			p.wake()
		default:
			pause = pace
		}
		if Sleep(ctx, pause) != nil {
			return
		}
	}
}

func (w *Worker) claimOnce(ctx context.Context, p *pool, limit int) ([]*claimed, error) {
	// A claim that commits while its answer is lost leaves a run to the
	// sweep, so a stopping worker lets the statement end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimPatience)
	defer cancel()
	asked := w.Now()
	claims, err := w.Store.ClaimReady(ctx, p.class, w.ID, limit)
	held := make([]*claimed, len(claims))
	for i, c := range claims {
		held[i] = &claimed{c, asked}
	}
	return held, err
}

// claimed is a run that is ours from the moment we asked for it.
type claimed struct {
	store.Claim
	at time.Time
}
