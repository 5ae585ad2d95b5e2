package chaos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// sink is the world outside of the fleet: a tool and a model server that the
// graphs of the tests call. It remembers every call it gets.
type sink struct {
	server *httptest.Server

	mu    sync.Mutex
	calls []call
	holds []*hold
	// takes is how long it takes the tool to answer.
	takes time.Duration
}

// call is one call as it came in.
type call struct {
	at    time.Time
	run   uuid.UUID
	step  string // node/iteration[/call]
	epoch int
	text  string // what the tool was told
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tool", s.counted(s.tool))
	mux.HandleFunc("POST /v1/chat/completions", s.counted(s.model))
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		for _, h := range s.held() {
			h.open()
		}
		s.server.Close()
	})
	return s
}

// address is the exception that the fleet's egress needs.
func (s *sink) address() string { return strings.TrimPrefix(s.server.URL, "http://") }

// counted records a call before anything is answered, and keeps the answer back
// while a hold asks for it.
func (s *sink) counted(answer func(body []byte) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c, err := identified(r.Header)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.text = told(body)
		if s.keepBack(c, r) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer(body)) // the caller may be dead
		}
	}
}

// keepBack records the call and waits for whatever holds it; false when the
// caller went away meanwhile.
func (s *sink) keepBack(c call, r *http.Request) bool {
	s.mu.Lock()
	s.calls = append(s.calls, c)
	timer := time.NewTimer(s.takes)
	gate := s.gate(c)
	s.mu.Unlock()
	defer timer.Stop()
	if gate == nil {
		select {
		case <-timer.C:
			return true
		case <-r.Context().Done():
			return false
		}
	}
	select {
	case <-gate:
		return true
	case <-r.Context().Done():
		return false
	}
}

// gate is that of the newest hold which the call matches, or nil.
func (s *sink) gate(c call) <-chan struct{} {
	for _, h := range slices.Backward(s.holds) {
		if h.matches(c) {
			return h.gate
		}
	}
	return nil
}

// identified reads which call of which run a request is.
func identified(h http.Header) (call, error) {
	run, step, _ := strings.Cut(h.Get("Idempotency-Key"), "/")
	id, err := uuid.Parse(run)
	if err != nil || step == "" {
		return call{}, fmt.Errorf("Idempotency-Key %q names no step of a run", h.Get("Idempotency-Key"))
	}
	epoch, err := strconv.Atoi(h.Get("X-Run-Epoch"))
	if err != nil {
		return call{}, fmt.Errorf("X-Run-Epoch: %w", err)
	}
	return call{at: time.Now(), run: id, step: step, epoch: epoch}, nil
}

// slow sets how long the tool takes.
func (s *sink) slow(takes time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes = takes
}

// seen are the calls so far that match, in the order in which they came.
func (s *sink) seen(match func(call) bool) (found []call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if match(c) {
			found = append(found, c)
		}
	}
	return found
}

// of are the calls of one run, by step.
func (s *sink) of(run uuid.UUID) map[string][]call {
	found := map[string][]call{}
	for _, c := range s.seen(func(c call) bool { return c.run == run }) {
		found[c.step] = append(found[c.step], c)
	}
	return found
}

func (s *sink) held() []*hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.holds)
}

// hold keeps back the answers to some calls until it is opened.
type hold struct {
	matches func(call) bool
	gate    chan struct{}
	open    func()
}

// hold keeps back what matches from now on.
func (s *sink) hold(matches func(call) bool) *hold {
	h := &hold{matches: matches, gate: make(chan struct{})}
	h.open = sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.holds = slices.DeleteFunc(s.holds, func(other *hold) bool { return other == h })
		close(h.gate)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = append(s.holds, h)
	return h
}

// at matches the calls of a step, in one epoch or with 0 in all.
func at(step string, epoch int) func(call) bool {
	return func(c call) bool { return c.step == step && c.epoch == cmp.Or(epoch, c.epoch) }
}

// await waits until a call came that matches and gives the first.
func (s *sink) await(t *testing.T, what string, matches func(call) bool) call {
	t.Helper()
	until(t, what, func() bool { return len(s.seen(matches)) > 0 })
	return s.seen(matches)[0]
}
