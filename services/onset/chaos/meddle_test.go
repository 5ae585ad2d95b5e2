package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// meddle pauses, resumes and edits schedules as people do, one after the other,
// until ctx ends; then it lets all of them go on.
func (c crew) meddle(ctx context.Context, t *testing.T, every time.Duration) (changes int) {
	random := rand.New(rand.NewPCG(1, 2))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			for n := range c.tallies {
				c.ask(t, http.MethodPost, n, "/resume", `{}`)
			}
			return changes
		case <-tick.C:
		}
		changes++
		switch n := random.IntN(len(c.tallies)); random.IntN(4) {
		case 0:
			c.ask(t, http.MethodPost, n, "/pause", `{"reason": "chaos"}`)
		case 1:
			c.ask(t, http.MethodPost, n, "/resume", `{}`)
		case 2: // other words, the same moments
			seconds := c.tallies[n].eras[len(c.tallies[n].eras)-1].seconds
			c.ask(t, http.MethodPatch, n, "", fmt.Sprintf(`{"config": {"every": "%ds", "message": "edit %d"}}`, seconds, changes))
		default:
			c.tempo(t, n, 1+random.Int64N(3))
		}
	}
}

// ask makes one call about a schedule, which has to be answered.
func (c crew) ask(t *testing.T, method string, n int, path, body string) {
	a, err := c.client.do(context.WithoutCancel(t.Context()), method, "/api/v1/workspaces/chaos/triggers/"+c.tallies[n].trigger+path, "", body)
	if err != nil || a.code != http.StatusOK {
		t.Errorf("%s %s: %+v %v", method, path, a, err)
	}
}

// tempo gives a schedule other moments and writes down since when, by the clock
// that decides.
func (c crew) tempo(t *testing.T, n int, seconds int64) {
	l := &c.tallies[n]
	if l.eras[len(l.eras)-1].seconds == seconds {
		return
	}
	c.ask(t, http.MethodPatch, n, "", fmt.Sprintf(`{"config": {"every": "%ds"}}`, seconds))
	l.eras = append(l.eras, tempo{seconds, c.since(t, l.trigger)})
}

// since is when a schedule last began to fire as it does.
func (c crew) since(t *testing.T, name string) (at time.Time) {
	err := c.db.QueryRow(context.WithoutCancel(t.Context()), `select s.since from schedules s join triggers t on t.id = s.trigger_id where t.name = $1`, name).Scan(&at)
	if err != nil {
		t.Errorf("since when does %s fire so: %v", name, err)
	}
	return at
}
