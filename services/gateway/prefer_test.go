package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// prefer asks to be kept waiting for longer than any test lasts, unless a
// number of seconds is given.
func prefer(wait string) with { return header("Prefer", "wait="+wait) }

const long = "100"

// applied demands what the headers of an answer about a run say.
func (r *reply) applied(id, status, wait string) *reply {
	r.t.Helper()
	if r.header.Get("Preference-Applied") != wait || r.header.Get("Run-Status") != status || id != "" && r.header.Get("Run-Id") != id {
		r.t.Errorf("%s: headers %v, want %s, %s, %s", r.what, r.header, id, status, wait)
	}
	return r
}

var ended = run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "hi"}}

func TestStartThatIsWaitedForAnswersWithTheEnd(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		for path, status := range map[string]int{
			"/api/v1/workspaces/ws1/triggers/t_echo/run": http.StatusOK,
			"/trigger/start/ws1/t_echo/DEV":              http.StatusOK,
			"/api/v1/ai/trigger/start/ws1/t_echo/DEV":    http.StatusOK,
		} {
			done := make(chan struct{})
			go func() { defer close(done); ws1.end(run.Background, ended) }()
			got := g.do(http.MethodPost, path, `{"message":"hi"}`, bearer(ws1.plain), prefer(long)).is(status).applied("", "completed", "wait="+long)
			<-done
			if got.field("status") != "completed" || got.field("response").(map[string]any)["answer"] != "hi" ||
				got.header.Get("Location")+got.header.Get("Retry-After") != "" {
				t.Errorf("%s: %v %s", path, got.header, got.body)
			}
		}
	})
}

func TestStartThatTakesLongerSaysWhereItGoesOn(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	got := g.do(http.MethodPost, "/api/v1/workspaces/ws1/triggers/t_echo/run", "", bearer(ws1.plain), prefer("1")).
		is(http.StatusAccepted).applied("", "pending", "wait=1")
	id := got.field("id").(string)
	self := "/api/v1/workspaces/" + ws1.ws.ID.String() + "/runs/" + id
	links := map[string]any{"self": self, "events": self + "/events", "cancel": self + "/cancel"}
	if canonical(got.field("links")) != canonical(links) || got.header.Get("Location") != self || got.header.Get("Retry-After") != "1" ||
		got.header.Get("Run-Id") != id || got.field("poll_after_ms").(float64) < 500 || got.took < time.Second {
		t.Errorf("after %v: %v %s", got.took, got.header, got.body)
	}
	at := g.do(http.MethodGet, got.header.Get("Location"), "", bearer(ws1.plain)).is(http.StatusOK).applied(id, "pending", "")
	if at.field("id") != id {
		t.Error(at.body)
	}
	g.do(http.MethodGet, self, "", bearer(ws1.plain), prefer("1")).is(http.StatusAccepted).applied(id, "pending", "wait=1")

	published := g.do(http.MethodPost, "/api/v1/ai/trigger/start/ws1/t_echo/DEV", "", bearer(ws1.plain), prefer("1")).applied("", "pending", "wait=1")
	other := published.workflow()
	published.says(http.StatusOK, answer(other, `{}`, "pending", `[]`, "false", "null"))
	status := "/api/v1/ai/trigger/status/ws1/" + other.String()
	if published.header.Get("Location") != status || published.header.Get("Retry-After") == "" {
		t.Errorf("%v", published.header)
	}
	g.do(http.MethodGet, status, "", bearer(ws1.plain), prefer("1")).applied(other.String(), "pending", "wait=1").says(http.StatusOK, published.body)
}

func TestRepeatedStartWaitsForTheFirstRun(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	key := header("Idempotency-Key", "once")
	for _, path := range []string{"/api/v1/workspaces/ws1/triggers/t_echo/run", "/trigger/start/ws1/t_echo/DEV"} {
		first := g.do(http.MethodPost, path, "", bearer(ws1.plain), key).header.Get("Run-Id")
		done := make(chan struct{})
		go func() { defer close(done); ws1.end(run.Background, ended) }()
		got := g.do(http.MethodPost, path, "", bearer(ws1.plain), key, prefer(long)).is(http.StatusOK).applied(first, "completed", "wait="+long)
		<-done
		if got.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%v", got.header)
		}
		key = header("Idempotency-Key", "another")
	}
}

func TestRunThatBeginsToWaitForAPersonEndsLongPolls(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	claims, err := g.store.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	done := make(chan error, 1)
	go func() {
		done <- g.store.Fleet().Wait(t.Context(), run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}, run.OutcomeUnknown, 0, nil)
	}()
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+id, "", bearer(ws1.plain), prefer(long)).is(http.StatusAccepted).applied(id, "waiting", "wait="+long)
	got := g.do(http.MethodGet, "/trigger/status/ws1/"+id, "", bearer(ws1.plain), prefer(long)).is(http.StatusOK).applied(id, "waiting", "wait="+long)
	if got.field("requires_input") != true || got.header.Get("Retry-After") != "10" {
		t.Errorf("%v %s", got.header, got.body)
	}
	must(t, <-done)
}

func TestLongPollAnswersWhenWhatTheCallerHoldsIsOld(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	id := ws1.started()
	for _, path := range []string{"/api/v1/workspaces/ws1/runs/" + id, "/trigger/status/ws1/" + id} {
		tag := g.do(http.MethodGet, path, "", bearer(ws1.plain)).is(http.StatusOK).header.Get("ETag")
		got := g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", tag), prefer("1")).
			says(http.StatusNotModified, "").applied(id, "pending", "wait=1")
		if got.took < time.Second || got.header.Get("ETag") != tag {
			t.Errorf("after %v: %v", got.took, got.header)
		}
		g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", `"old"`), prefer(long)).is(http.StatusOK)
	}
	tag := g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+id, "", bearer(ws1.plain)).header.Get("ETag")
	var lease run.Lease
	done := make(chan error, 1)
	go func() {
		claims, err := g.store.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
		if err == nil {
			lease = run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
		}
		done <- err
	}()
	got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+id, "", bearer(ws1.plain), header("If-None-Match", tag), prefer(long)).
		is(http.StatusOK).applied(id, "running", "wait="+long)
	must(t, <-done)
	must(t, g.store.Fleet().Finish(t.Context(), lease, ended, nil))
	// Nothing follows the end: who holds it is told so at once.
	path := "/api/v1/workspaces/ws1/runs/" + id
	tag = g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", got.header.Get("ETag")), prefer(long)).is(http.StatusOK).header.Get("ETag")
	g.do(http.MethodGet, path, "", bearer(ws1.plain), header("If-None-Match", tag), prefer(long)).says(http.StatusNotModified, "")
}

func TestCancelledRunAnswersWhoWaitsForItAtOnce(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	g := &gate{t: t, store: s, env: environment(t, s), log: &journal{}}
	service, err := open(g.env, slow)
	must(t, err)
	service.room.Poll = time.Hour // only an announcement can wake
	g.url = "http://" + g.env.Settings.Addr
	ctx, stop := context.WithCancel(t.Context())
	gone := make(chan error, 2)
	go func() { gone <- service.Run(ctx) }()
	go func() { gone <- g.env.Queue.Run(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-gone); must(t, <-gone) })
	ws1 := g.side("ws1")
	id := ws1.started()
	answered := make(chan *reply, 1)
	go func() {
		answered <- g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+id, "", bearer(ws1.plain), prefer(long))
	}()
	g.eventually(func() bool { return service.room.Waiting() == 1 })
	ws1.call(http.MethodPost, "/runs/"+id+"/cancel", "").is(http.StatusAccepted)
	(<-answered).is(http.StatusOK).applied(id, "cancelled", "wait="+long)
}

func TestCallerWhoLeavesFreesItsPlaceAndAStoppingGatewayAnswersAll(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	g := &gate{t: t, store: s, env: environment(t, s), log: &journal{}}
	service, err := open(g.env, slow)
	must(t, err)
	g.url = "http://" + g.env.Settings.Addr
	ctx, stop := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- service.Run(ctx) }()
	ws1 := g.side("ws1")
	id := ws1.started()
	path := "/api/v1/workspaces/ws1/runs/" + id

	asks, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(asks, http.MethodGet, g.url+path, nil)
	must(t, err)
	bearer(ws1.plain)(r)
	prefer(long)(r)
	left := make(chan struct{})
	go func() {
		defer close(left)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	}()
	g.eventually(func() bool { return service.room.Waiting() == 1 })
	leave()
	<-left
	g.eventually(func() bool { return service.room.Waiting() == 0 })

	answered := make(chan *reply, 2)
	go func() { answered <- g.do(http.MethodGet, path, "", bearer(ws1.plain), prefer(long)) }()
	go func() {
		answered <- g.do(http.MethodPost, "/trigger/start/ws1/t_echo/DEV", "", bearer(ws1.plain), prefer(long))
	}()
	g.eventually(func() bool { return service.room.Waiting() == 2 })
	stop()
	for range 2 {
		got := <-answered
		if want := map[bool]int{true: http.StatusOK, false: http.StatusAccepted}[strings.HasPrefix(got.what, "POST")]; got.status != want || got.header.Get("Run-Status") != "pending" {
			t.Errorf("%s: %d %v %s", got.what, got.status, got.header, got.body)
		}
	}
	must(t, <-gone)
}

func TestPreferenceThatIsNotHonouredIsNoError(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), func(s *boot.Settings) { s.SyncLimit = time.Second })
	ws1 := g.side("ws1")
	id := ws1.started()
	path := "/api/v1/workspaces/ws1/runs/" + id
	for _, wait := range []string{"0", "soon", "-5", ""} {
		got := g.do(http.MethodGet, path, "", bearer(ws1.plain), prefer(wait)).is(http.StatusOK).applied(id, "pending", "")
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%v", got.header)
		}
	}
	g.do(http.MethodGet, path, "", bearer(ws1.plain), prefer("90")).is(http.StatusAccepted).applied(id, "pending", "wait=1")
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/runs/"+uuid.NewString(), "", bearer(ws1.plain), prefer(long)).refused(http.StatusNotFound, "not_found")
	g.do(http.MethodGet, path+"?wait=5&key="+ws1.plain.Reveal(), "").refused(http.StatusBadRequest, "key_in_query")
}
