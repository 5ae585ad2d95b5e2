package main

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/services/onset/demo"
)

// counted is the shop of the catalogue-import sample, outside of the process
// that gets killed. It counts the calls of each part, and holds those behind a
// number of parts until the gate opens.
type counted struct {
	shop http.Handler
	gate chan struct{}

	mu    sync.Mutex
	let   int                        // how many calls pass before the gate
	calls map[string]int             // by part
	keys  map[string]map[string]bool // the idempotency keys of each part
	held  map[string]bool
}

func newCounted(t *testing.T, let int) (*counted, *httptest.Server) {
	t.Helper()
	places, err := demo.Places(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{shop: places, gate: make(chan struct{}), let: let, calls: map[string]int{}, keys: map[string]map[string]bool{}, held: map[string]bool{}}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return c, s
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, part, found := strings.Cut(r.URL.Path, "/parts/"); found && c.count(part, r.Header.Get("Idempotency-Key")) {
		select {
		case <-c.gate:
		case <-r.Context().Done():
			return
		}
	}
	c.shop.ServeHTTP(w, r)
}

// count says whether the call has to wait.
func (c *counted) count(part, key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[part]++
	if c.keys[part] == nil {
		c.keys[part] = map[string]bool{}
	}
	c.keys[part][key] = true
	if len(c.calls) > c.let {
		c.held[part] = true
	}
	return c.held[part]
}

func (c *counted) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}

// importing starts a product whose catalogue-import talks to the counting shop.
func importing(t *testing.T, shop *httptest.Server) *product {
	t.Helper()
	p := install(t)
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(shop.URL, "http://"))
	p.ready(t)
	if out, complaints, err := p.runIn(t, []string{"SHOP_URL=" + shop.URL}, "apply", "-f", example("catalogue-import", "manifest.yaml")); err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	return p
}

func TestKilledImportTakesNoPartTwice(t *testing.T) {
	t.Parallel()
	const before, parts, underWay = 10, 48, 2
	c, shop := newCounted(t, before)
	p := importing(t, shop)
	out, complaints, err := p.run(t, "trigger", "start", "catalogue-import", "--vars", example("catalogue-import", "order.json"), "--var", "within=0s", "--json")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	var started answer
	decode(t, []byte(out), &started)

	// A slot calls for its next part when its last one is in the journal: with
	// all slots waiting at the shop, everything before is.
	until(t, "every slot waits for the shop", func() bool { return c.waiting() == underWay })
	p.kill(t)
	c.mu.Lock()
	interrupted := slices.Sorted(maps.Keys(c.held))
	c.mu.Unlock()
	close(c.gate)
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(shop.URL, "http://"))
	p.ready(t)

	got := p.finished(t, started.WorkflowID)
	if got.Status != "completed" || got.Response["imported"] != 1194.0 || got.Response["parts"] != 48.0 {
		t.Errorf("the run ended as %+v", got)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for part, calls := range c.calls {
		want := 1
		if slices.Contains(interrupted, part) {
			want = 2
		}
		if calls != want {
			t.Errorf("%s was called %d times, want %d", part, calls, want)
		}
		if len(c.keys[part]) != 1 {
			t.Errorf("%s was called with %d idempotency keys", part, len(c.keys[part]))
		}
	}
	if len(c.calls) != parts {
		t.Errorf("%d parts were called, want %d", len(c.calls), parts)
	}
	p.toldOnce(t, started.WorkflowID, parts)
}

// toldOnce reads the live view of a finished run: how far it was is told once
// for each part, whatever happened in between.
func (p *product) toldOnce(t *testing.T, run string, parts int) {
	t.Helper()
	f := p.bootstrap(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url("/api/v1/workspaces/%s/runs/%s/events", f.WorkspaceID, run), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.AdminKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var done []int
	name := ""
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if n, is := strings.CutPrefix(lines.Text(), "event: "); is {
			name = n
		}
		data, is := strings.CutPrefix(lines.Text(), "data: ")
		if !is || name != "node.progress" {
			continue
		}
		var e struct{ Done, Total int }
		if err := json.Unmarshal([]byte(data), &e); err != nil || e.Total != parts {
			t.Errorf("%v: %s", err, data)
		}
		done = append(done, e.Done)
	}
	// The last line before the kill may be lost: it travels with the append
	// behind it.
	var want []int
	for n := range parts {
		if slices.Contains(done, n+1) {
			want = append(want, n+1)
		}
	}
	if diff := cmp.Diff(want, done); diff != "" || len(done) < parts-2 {
		t.Errorf("%d lines of progress for %d parts: %s", len(done), parts, diff)
	}
}

func TestPartThatCannotBeTakenEndsTheImport(t *testing.T) {
	t.Parallel()
	places, err := demo.Places(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/part-007") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		places.ServeHTTP(w, r)
	}))
	defer broken.Close()
	p := importing(t, broken)
	out, _, err := p.run(t, "trigger", "start", "catalogue-import", "--vars", example("catalogue-import", "order.json"), "--var", "within=0s", "--wait", "--json")
	if err == nil {
		t.Fatalf("the import is a success: %s", out)
	}
	var a answer
	decode(t, []byte(out), &a)
	if a.Status != "failed" || a.Error == nil || !strings.Contains(*a.Error, "1 of 48 parts") || !strings.Contains(*a.Error, "part-007") {
		t.Errorf("it ended as %s: %v", a.Status, a.Error)
	}
}

func TestDemoShopRemembersAcrossRestarts(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	order := example("catalogue-import", "order.json")
	first := p.plays(t, "catalogue-import", order, "--var", "within=0s")
	p.kill(t)
	p.start(t)
	p.ready(t)
	// Parts that the shop has are not read again: 48 of a minute each would
	// not end in this test's patience.
	again := p.plays(t, "catalogue-import", order, "--var", "within=1m")
	if diff := cmp.Diff(first.Response["rejected"], again.Response["rejected"]); diff != "" || again.Response["imported"] != first.Response["imported"] {
		t.Errorf("after a restart: %v imported, %s", again.Response["imported"], diff)
	}
	if raw := read(t, filepath.Join(p.folder, "demo-imports.json")); strings.Count(string(raw), `"part":`) != 48 {
		t.Error("the shop remembers other parts")
	}
}
