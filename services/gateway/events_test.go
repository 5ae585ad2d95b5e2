package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// sent is a server-sent event as a client reads it.
type sent struct {
	ID   string
	Name string
	Data string
}

// events follows a run's live view; the channel closes when the stream does.
func (s *side) events(ctx context.Context, id, query string, changes ...with) <-chan sent {
	s.g.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.g.url+"/api/v1/workspaces/"+s.ws.Name+"/runs/"+id+"/events"+query, nil)
	must(s.g.t, err)
	for _, change := range append(changes, bearer(s.plain)) {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	must(s.g.t, err)
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		s.g.t.Fatalf("%d %s", resp.StatusCode, got)
	}
	all := make(chan sent)
	go func() {
		defer close(all)
		defer resp.Body.Close()
		var e sent
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.ID = value
			case "event":
				e.Name = value
			case "data":
				e.Data = value
			case "":
				select {
				case all <- e:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return all
}

// read takes n events, or with n < 0 all until the stream ends.
func read(t *testing.T, from <-chan sent, n int) (events []sent) {
	t.Helper()
	for deadline := time.After(slow); n < 0 || len(events) < n; {
		select {
		case e, open := <-from:
			if !open && n >= 0 {
				t.Fatalf("the stream ended after %d events, want %d", len(events), n)
			}
			if !open {
				return events
			}
			events = append(events, e.kept(t))
		case <-deadline:
			t.Fatalf("%d events within %v: %v", len(events), slow, events)
		}
	}
	return events
}

// kept demands that an event is what the document says.
func (e sent) kept(t *testing.T) sent {
	t.Helper()
	c, err := published()
	must(t, err)
	p, _ := c.find(http.MethodGet, "/api/v1/workspaces/ws1/runs/x/events")
	for _, wrong := range c.judge(p.at+"/responses/200/content/text~1event-stream/x-event", e.Data) {
		t.Errorf("event %s %s is not what the OpenAPI document says: %s", e.Name, e.Data, wrong)
	}
	return e
}

func names(events []sent) (all []string) {
	for _, e := range events {
		all = append(all, e.ID+" "+e.Name)
	}
	return all
}

func (s *side) started() string {
	s.g.t.Helper()
	return s.call(http.MethodPost, "/triggers/t_echo/run", `{"message":"hi"}`).is(http.StatusAccepted).field("id").(string)
}

func TestLiveViewShowsTheRunAsItGoesAndGoesOnAnywhere(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		id := ws1.started()
		live := ws1.events(t.Context(), id, "")
		all := read(t, live, 1)

		claims, err := s.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
		must(t, err)
		lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
		record := func(seq int, kind run.RecordType, node, data string) run.Record {
			return run.Record{Seq: seq, Epoch: lease.Epoch, At: time.Now(), Type: kind, Node: node, Data: json.RawMessage(data)}
		}
		must(t, s.Fleet().Append(t.Context(), lease, []run.Record{record(1, run.RunStarted, "", `null`), record(2, run.StepStarted, "a", `{"kind":"tool"}`)}))
		all = append(all, read(t, live, 2)...)
		var many []run.Record
		for seq := 3; seq <= 230; seq++ { // more than two pages
			many = append(many, record(seq, run.LogLine, "a", `{"level":"info","message":"line"}`))
		}
		many[100].Type = "of.tomorrow"
		must(t, s.Fleet().Append(t.Context(), lease, many))
		all = append(all, read(t, live, 227)...)
		must(t, s.Fleet().Finish(t.Context(), lease, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "hi"}},
			[]run.Record{record(231, run.StepCompleted, "a", `{"output":"done","kind":"tool"}`)}))
		all = append(all, read(t, live, -1)...)

		if got := names([]sent{all[0], all[1], all[2], all[len(all)-2], all[len(all)-1]}); !cmp.Equal(got,
			[]string{"0 run.accepted", "1 run.started", "2 node.started", "231 node.completed", "232 run.completed"}) {
			t.Errorf("%v", got)
		}
		var end struct {
			RunID    string `json:"run_id"`
			Status   string
			Response map[string]any
		}
		must(t, json.Unmarshal([]byte(all[len(all)-1].Data), &end))
		if end.RunID != id || end.Status != "completed" || end.Response["answer"] != "hi" {
			t.Errorf("%+v", end)
		}
		if d := cmp.Diff(all, read(t, ws1.events(t.Context(), id, ""), -1)); d != "" {
			t.Errorf("afterwards it looks different:\n%s", d)
		}
		second := *ws1
		second.g = serve(t, s)
		second.plain = second.key("second", key.Key{Scopes: key.Presets["invoke"]})
		for i, e := range all[:len(all)-1] {
			if i > 3 && i < len(all)-3 && i%25 > 0 {
				continue // ids within the pages are alike
			}
			for query, changes := range map[string][]with{
				"?since=" + e.ID: nil,
				"?since=0":       {header("Last-Event-ID", e.ID)},
			} {
				if d := cmp.Diff(all[i+1:], read(t, second.events(t.Context(), id, query, changes...), -1)); d != "" {
					t.Fatalf("behind %s: %s", e.ID, d)
				}
			}
		}
		ws1.call(http.MethodGet, "/runs/"+id+"/events?since=232", "").says(http.StatusNoContent, "")
	})
}

func TestStreamInterrupted100TimesGoesOnElsewhereWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	g := serve(t, s)
	ws1 := g.side("ws1")
	other := *ws1
	other.g = serve(t, s)
	other.plain = other.key("other", key.Key{Scopes: key.Presets["invoke"]})
	id := ws1.started()
	claims, err := s.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	written := make(chan error, 1)
	go func() {
		for seq := 1; seq <= 100; seq++ {
			r := run.Record{Seq: seq, Epoch: lease.Epoch, At: time.Now(), Type: run.LogLine, Data: json.RawMessage(`{"level":"info","message":"line"}`)}
			if err := s.Fleet().Append(context.WithoutCancel(t.Context()), lease, []run.Record{r}); err != nil {
				written <- err
				return
			}
		}
		written <- s.Fleet().Finish(context.WithoutCancel(t.Context()), lease, run.Outcome{Status: run.StatusCompleted}, nil)
	}()
	all := read(t, ws1.events(t.Context(), id, ""), 1)
	for i := range 100 {
		ctx, interrupt := context.WithCancel(t.Context())
		side := []*side{&other, ws1}[i%2]
		all = append(all, read(t, side.events(ctx, id, "", header("Last-Event-ID", all[i].ID)), 1)...)
		interrupt()
	}
	must(t, <-written)
	all = append(all, read(t, other.events(t.Context(), id, "", header("Last-Event-ID", "100")), -1)...)
	for i, e := range all {
		if e.ID != strconv.Itoa(i) {
			t.Fatalf("event %d has the id %s", i, e.ID)
		}
	}
	if last := all[len(all)-1]; len(all) != 102 || last.Name != "run.completed" {
		t.Errorf("%d events, the last is %v", len(all), last)
	}
}

func TestLiveViewOfAForeignRunOrFromNowhereIsRefused(t *testing.T) {
	t.Parallel()
	_, ws1, ws2 := onSQLite(t)
	theirs, mine := ws2.started(), ws1.started()
	for _, id := range []string{theirs, uuid.NewString(), "x"} {
		ws1.call(http.MethodGet, "/runs/"+id+"/events", "").refused(http.StatusNotFound, "not_found")
	}
	for _, since := range []string{"-1", "x", "1.0", "1.", "1.x", "99999999999"} {
		ws1.call(http.MethodGet, "/runs/"+mine+"/events?since="+since, "").refused(http.StatusUnprocessableEntity, "invalid")
	}
}

func TestRunThatNoWorkerTouchedEndsItsLiveView(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	id := ws1.started()
	live := ws1.events(t.Context(), id, "")
	all := read(t, live, 1)
	ws1.call(http.MethodPost, "/runs/"+id+"/cancel", "").is(http.StatusAccepted)
	if got := names(append(all, read(t, live, -1)...)); !cmp.Equal(got, []string{"0 run.accepted", "1 run.cancelled"}) {
		t.Errorf("%v", got)
	}
}

func TestLiveViewOutlastsAnOutageAndTheReadLimit(t *testing.T) {
	t.Parallel()
	wire, address := lay(t, storetest.PostgresURL(t))
	s, err := store.Postgres(t.Context(), address, storetest.Options())
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	g := &gate{t: t, store: s, env: environment(t, s), log: &journal{}}
	service, err := open(g.env, patience)
	must(t, err)
	const limit = 300 * time.Millisecond
	service.server.ReadTimeout = limit
	g.url = "http://" + g.env.Settings.Addr
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-ended) })
	ws1 := g.side("ws1")
	id := ws1.started()
	began := time.Now()
	live := ws1.events(t.Context(), id, "")
	read(t, live, 1)
	wire.set(true)
	g.eventually(func() bool { // long enough for looks that fail, and for the limit
		return time.Since(began) > 5*limit && g.do(http.MethodGet, "/api/v1/whoami", "", bearer(ws1.plain)).status == http.StatusServiceUnavailable
	})
	wire.set(false)
	g.eventually(func() bool {
		return g.do(http.MethodGet, "/api/v1/whoami", "", bearer(ws1.plain)).status == http.StatusOK
	})
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, run.Record{Type: run.RunStarted})
	if got := names(read(t, live, -1)); !cmp.Equal(got, []string{"1 run.started", "2 run.completed"}) {
		t.Errorf("%v", got)
	}
}

func TestStoppingGatewayEndsLiveViews(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	g := &gate{t: t, store: s, env: environment(t, s), log: &journal{}}
	service, err := Module(g.env)
	must(t, err)
	g.url = "http://" + g.env.Settings.Addr
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	ws1 := g.side("ws1")
	live := ws1.events(t.Context(), ws1.started(), "")
	read(t, live, 1)
	stop()
	if rest := read(t, live, -1); len(rest) > 0 {
		t.Errorf("%v", rest)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
