package native

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// view is a live view whose run a test plays; times are the bubble's.
type view struct {
	tail
	out            bytes.Buffer
	began          time.Time
	looks          []time.Duration
	told, closed   chan struct{}
	finds          func(after time.Duration) (news, error)
	keyGoodFor     time.Duration
	leave          context.CancelFunc
	ctx            context.Context
	lasted         time.Duration
	heartbeatsSeen int
}

func newView(t *testing.T, finds func(time.Duration) (news, error)) *view {
	v := &view{began: time.Now(), told: make(chan struct{}, 1), closed: make(chan struct{}), finds: finds, keyGoodFor: time.Hour}
	v.ctx, v.leave = context.WithCancel(t.Context())
	v.tail = tail{
		patience: time.Second,
		watch:    wait.Watch{Told: v.told, Closed: v.closed},
		welcome:  func(context.Context) bool { return time.Since(v.began) <= v.keyGoodFor },
		look: func(context.Context) (news, error) {
			v.looks = append(v.looks, time.Since(v.began))
			return v.finds(time.Since(v.began))
		},
	}
	return v
}

func (v *view) run() {
	v.send(v.ctx, &v.out, news{})
	v.lasted = time.Since(v.began)
	v.heartbeatsSeen = strings.Count(v.out.String(), ":\n\n")
}

var theEnd = news{events: []event{{name: "run.completed"}}, over: true}

// overAt is a run that rests and ends.
func overAt(end time.Duration) func(time.Duration) (news, error) {
	return func(now time.Duration) (news, error) {
		if now >= end {
			return theEnd, nil
		}
		return news{}, nil
	}
}

func TestRestingRunIsLookedAtLessAndKeptAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newView(t, overAt(35*time.Second))
		v.run()
		for i, want := range []time.Duration{250 * time.Millisecond, 750 * time.Millisecond, 1750 * time.Millisecond, 2750 * time.Millisecond} {
			if v.looks[i] != want {
				t.Errorf("look %d came after %v, want %v", i, v.looks[i], want)
			}
		}
		if v.heartbeatsSeen != 3 || !strings.HasSuffix(v.out.String(), "event: run.completed\ndata: "+`{"run_id":"00000000-0000-0000-0000-000000000000","seq":0,"at":"0001-01-01T00:00:00.000Z","epoch":0,"node_id":null}`+"\n\n") {
			t.Errorf("%d heartbeats in %q", v.heartbeatsSeen, v.out.String())
		}
	})
}

func TestNewsMakeALiveViewLookSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		step := news{events: []event{{name: "node.started"}}}
		v := newView(t, func(now time.Duration) (news, error) {
			switch {
			case now == 1750*time.Millisecond:
				return step, nil
			case now == 2*time.Second:
				return news{events: step.events, more: true}, nil
			case now > 2*time.Second:
				return news{}, errors.New("the page that follows at once was not read at once")
			}
			return news{}, nil
		})
		first := v.look
		v.look = func(ctx context.Context) (news, error) {
			if n := len(v.looks); n > 0 && v.looks[n-1] == 2*time.Second {
				return theEnd, nil
			}
			return first(ctx)
		}
		v.run()
		if v.lasted != 2*time.Second {
			t.Errorf("it lasted %v: %v", v.lasted, v.looks)
		}
	})
}

func TestAnnouncementMakesALiveViewLookAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newView(t, overAt(3*time.Second))
		time.AfterFunc(3*time.Second, func() { v.told <- struct{}{} })
		v.run()
		if v.lasted != 3*time.Second {
			t.Errorf("it lasted %v, want 3s: not the poll's 3.75s", v.lasted)
		}
	})
}

func TestOutageDoesNotEndALiveView(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newView(t, func(now time.Duration) (news, error) {
			if now < time.Minute {
				return news{}, fault.New(fault.Unavailable, "away")
			}
			return theEnd, nil
		})
		v.run()
		if v.lasted < time.Minute || v.lasted > time.Minute+late || v.heartbeatsSeen < 5 {
			t.Errorf("it lasted %v with %d heartbeats", v.lasted, v.heartbeatsSeen)
		}
	})
}

func TestLiveViewEndsWithItsReasons(t *testing.T) {
	t.Parallel()
	never := func(time.Duration) (news, error) { return news{}, nil }
	for name, c := range map[string]struct {
		finds  func(time.Duration) (news, error)
		end    func(*view)
		lasted time.Duration
	}{
		"CallerLeft":   {never, func(v *view) { time.AfterFunc(5100*time.Millisecond, v.leave) }, 5100 * time.Millisecond},
		"RoomClosed":   {never, func(v *view) { time.AfterFunc(5100*time.Millisecond, func() { close(v.closed) }) }, 5100 * time.Millisecond},
		"KeyRevoked":   {never, func(v *view) { v.keyGoodFor = 15 * time.Second }, 20 * time.Second},
		"RunIsDeleted": {func(time.Duration) (news, error) { return news{}, fault.New(fault.NotFound, "gone") }, func(*view) {}, soon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := newView(t, c.finds)
				c.end(v)
				v.run()
				if v.lasted != c.lasted {
					t.Errorf("it lasted %v, want %v", v.lasted, c.lasted)
				}
				v.leave()
			})
		})
	}
}

// What a model writes is sent as it comes, without an id and without another
// look, to those who want it.
func TestTextOfModelsIsSentAsItComes(t *testing.T) {
	t.Parallel()
	for _, hears := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			v := newView(t, overAt(time.Second))
			said := make(chan run.Delta)
			v.watch.Said, v.hears, v.now, v.seq = said, hears, time.Now, 7
			time.AfterFunc(100*time.Millisecond, func() {
				said <- run.Delta{Epoch: 2, Step: run.Step{Node: "think", Call: "model:1"}, Offset: 4, Text: "is well"}
			})
			v.run()
			want := "event: model.delta\ndata: " + `{"run_id":"00000000-0000-0000-0000-000000000000","seq":7,"at":"2000-01-01T00:00:00.100Z","epoch":2,"node_id":"think","iteration":0,"call":"model:1","kind":"model","offset":4,"text":"is well"}` + "\n\n"
			if got := strings.HasPrefix(v.out.String(), want); got != hears {
				t.Errorf("hears %v: %q", hears, v.out.String())
			}
			if v.looks[0] != 250*time.Millisecond {
				t.Errorf("looked after %v", v.looks)
			}
		})
	}
}
