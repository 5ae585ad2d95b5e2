package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// wire is an event as the server sends it.
func wire(seq int, name string) string {
	return fmt.Sprintf("id: %d\nevent: %s\ndata: {\"seq\":%d}\n\n", seq, name, seq)
}

// connections is a server whose live views go as they are told, one after the
// other. It notes behind which event each of them was asked to begin.
type connections struct {
	t     *testing.T
	next  []http.HandlerFunc
	asked []string
}

func (c *connections) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(c.next) == 0 {
		c.t.Errorf("asked once more, behind %q", r.Header.Get("Last-Event-ID"))
		w.WriteHeader(http.StatusNotFound)
		return
	}
	now := c.next[0]
	c.next = c.next[1:]
	c.asked = append(c.asked, r.Header.Get("Last-Event-ID"))
	now(w, r)
}

// sends sends texts and then ends as if nothing were wrong.
func sends(texts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range append([]string{""}, texts...) {
			_, _ = w.Write([]byte(text))
			_ = http.NewResponseController(w).Flush() // the headers too, or the transport itself would ask again
		}
	}
}

// breaks sends texts and then breaks the connection.
func breaks(texts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sends(texts...)(w, r)
		panic(http.ErrAbortHandler)
	}
}

// hangs sends texts and then nothing until the caller has left.
func hangs(texts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sends(texts...)(w, r)
		<-r.Context().Done()
	}
}

func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func viewing(t *testing.T, next ...http.HandlerFunc) (*Follower, *connections) {
	t.Helper()
	c := &connections{t: t, next: next}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	return following(t, srv.URL), c
}

func following(t *testing.T, address string) *Follower {
	t.Helper()
	calls, err := New(address, "the-key", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Follower{Client: calls, Workspace: "ws", Run: "run", After: Beginning, Silence: time.Minute}
}

// seen follows a view to its end.
func seen(ctx context.Context, l *Follower) (all []string, err error) {
	for e, err := range l.Events(ctx) {
		if err != nil {
			return all, err
		}
		all = append(all, strings.TrimSpace(e.ID+" "+e.Name))
	}
	return all, nil
}

func TestFollowerSeesEveryEventOnceWhateverBreaks(t *testing.T) {
	t.Parallel()
	whole := wire(4, "node.completed")
	l, c := viewing(t,
		sends(wire(0, "run.accepted"), ":\n\n", wire(1, "run.started")),
		breaks(),
		breaks(wire(1, "run.started"), wire(2, "node.started")), // one of them again
		breaks("id: 2.1\nevent: node.skipped\ndata: {}\n\n"),
		answers(http.StatusServiceUnavailable, `{"detail":"away"}`),
		answers(http.StatusBadGateway, `<html>`),
		answers(http.StatusTooManyRequests, `{"detail":"later"}`),
		sends("event: model.delta\ndata: {}\n\n", wire(3, "log"), "event: model.delta\ndata: {}\n\n", whole[:len(whole)-5]),
		breaks(whole[:len(whole)-1]),
		sends(whole, wire(5, "run.completed"), wire(6, "log")),
	)
	broke := 0
	l.Lost = func(err error) {
		if err == nil {
			t.Error("a view broke for no reason")
		}
		broke++
	}
	got, err := seen(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"0 run.accepted", "1 run.started", "2 node.started", "2.1 node.skipped", "model.delta", "3 log", "model.delta", "4 node.completed", "5 run.completed"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := []string{"", "1", "1", "2", "2.1", "2.1", "2.1", "2.1", "3", "3"}; !slices.Equal(c.asked, want) {
		t.Errorf("asked behind %q, want %q", c.asked, want)
	}
	if broke != len(c.asked)-1 {
		t.Errorf("%d breaks are told, want %d", broke, len(c.asked)-1)
	}
}

func TestFollowerLeavesAConnectionThatFallsSilent(t *testing.T) {
	t.Parallel()
	l, _ := viewing(t, hangs(wire(0, "run.accepted")), sends(wire(1, "run.failed")))
	l.Silence = 100 * time.Millisecond
	var why error
	l.Lost = func(err error) { why = err }
	got, err := seen(t.Context(), l)
	if err != nil || len(got) != 2 || why == nil || !strings.Contains(why.Error(), "nothing came for") {
		t.Errorf("%v, %v, lost because of: %v", got, err, why)
	}
}

func TestFollowerEndsWhereNothingFollows(t *testing.T) {
	t.Parallel()
	l, c := viewing(t, answers(http.StatusNoContent, ""))
	l.After = "7"
	if got, err := seen(t.Context(), l); err != nil || len(got) != 0 || c.asked[0] != "7" {
		t.Errorf("%v, %v, asked behind %v", got, err, c.asked)
	}
}

func TestFollowerThatIsRefusedDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		l, _ := viewing(t, answers(status, `{"detail":"no"}`))
		_, err := seen(t.Context(), l)
		var p *Error
		if !errors.As(err, &p) || p.Status != status {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestFollowerDoesNotTakeAPageForALiveView(t *testing.T) {
	t.Parallel()
	l, _ := viewing(t, answers(http.StatusOK, "<html>"))
	if got, err := seen(t.Context(), l); !errors.Is(err, errNonsense) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFollowerGivesUpAServerThatStaysAway(t *testing.T) {
	t.Parallel()
	l := following(t, "http://127.0.0.1:1")
	l.Patience = time.Millisecond
	if _, err := seen(t.Context(), l); err == nil || !strings.Contains(err.Error(), "does not come back") {
		t.Error(err)
	}
}

func TestFollowerWhoHasSeenEnoughLeaves(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	l, _ := viewing(t, func(w http.ResponseWriter, r *http.Request) {
		hangs(wire(0, "run.accepted"))(w, r)
		close(left)
	})
	for range l.Events(t.Context()) {
		break
	}
	<-left
	l, _ = viewing(t, hangs(wire(0, "run.accepted")))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var err error
	for _, err = range l.Events(ctx) {
		cancel()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context gives %v", err)
	}
}
