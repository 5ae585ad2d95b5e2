package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// replayed is what became of a delivery that was sent again.
type replayed struct {
	ReplayOf      string         `json:"replay_of"`
	DeliveryID    *string        `json:"delivery_id"`
	Outcome       string         `json:"outcome"`
	Reason        *string        `json:"reason"`
	RunID         *string        `json:"run_id"`
	Message       string         `json:"message"`
	UserVariables map[string]any `json:"user_variables"`
}

func (r *reply) replayed() (d replayed) {
	r.t.Helper()
	r.into(&d)
	return d
}

func TestReplayAsksTheTriggerAsItIsNow(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws1 := serve(t, s).side("ws1")
		path := ws1.hook("orders", `{"message":"old {{ payload.id }} {{ headers['x-kind'] }}"}`, `{"filter":"payload.id == 'B'"}`)
		id := ws1.g.do(http.MethodPost, path, `{"id":"A"}`, sesame, header("X-Kind", "order"), header("Webhook-Id", "1")).is(http.StatusOK).taken().DeliveryID
		replay := "/deliveries/" + id + "/replay"
		if got := ws1.ok(http.MethodPost, replay, ``).replayed(); got.Outcome != "filtered" || got.RunID != nil || !strings.Contains(word(got.Reason), `payload.id = "A"`) {
			t.Errorf("the filter is as it was: %+v", got)
		}
		ws1.ok(http.MethodPut, "/triggers/orders", `{"kind":"generic","graph":"echo","config":{"message":"new {{ payload.id }} {{ headers['x-kind'] }}"}}`)
		if got := ws1.ok(http.MethodPost, replay, `{"dry_run":true}`).replayed(); got.Outcome != "would_start" || got.DeliveryID != nil || got.Message != "new A order" || ws1.runs() != 0 {
			t.Errorf("a dry run: %+v, and %d runs", got, ws1.runs())
		}
		first := ws1.call(http.MethodPost, replay, `{}`).is(http.StatusAccepted).replayed()
		if first.Message != "new A order" || first.ReplayOf != id {
			t.Errorf("sent again: %+v", first)
		}
		r, err := ws1.store.Run(t.Context(), uuid.MustParse(*first.RunID))
		must(t, err)
		if r.Message != "new A order" || r.Cause.DeliveryID != *first.DeliveryID {
			t.Errorf("the run was told %q because of %s", r.Message, r.Cause.DeliveryID)
		}
		var shown delivery
		ws1.ok(http.MethodGet, "/deliveries/"+*first.DeliveryID, "").into(&shown)
		if shown.Body != `{"id":"A"}` || word(shown.Of) != id || shown.Outcome != "started" {
			t.Errorf("the new delivery: %+v", shown)
		}
		// The same key is the same replay; without one each is another.
		once := header("Idempotency-Key", "k")
		second := ws1.g.do(http.MethodPost, "/api/v1/workspaces/ws1"+replay, `{}`, bearer(ws1.admin), once).is(http.StatusAccepted).replayed()
		third := ws1.g.do(http.MethodPost, "/api/v1/workspaces/ws1"+replay, `{}`, bearer(ws1.admin), once).is(http.StatusOK).replayed()
		if *second.RunID == *first.RunID || third.Outcome != "duplicate" || *third.RunID != *second.RunID {
			t.Errorf("by key: %+v, then %+v", second, third)
		}
		// The sender's own delivery had started nothing, so its repetition may.
		if got := ws1.g.do(http.MethodPost, path, `{"id":"A"}`, sesame, header("X-Kind", "order"), header("Webhook-Id", "1")).is(http.StatusAccepted).taken(); got.Status != "accepted" {
			t.Errorf("the sender's own repetition: %+v", got)
		}
	})
}

func TestWhatWasNotVerifiedIsNeverReplayed(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{}`)
	ws1.g.do(http.MethodPost, path, `{}`, header("X-Trigger-Secret", "wrong")).is(http.StatusUnauthorized)
	id := ws1.newest().ID
	for _, body := range []string{`{}`, `{"dry_run":true}`} {
		got := ws1.call(http.MethodPost, "/deliveries/"+id+"/replay", body)
		if got.status != http.StatusConflict || got.header.Get("X-Error-Code") != string(fault.Conflict) {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	var many struct{ Items []replayed }
	ws1.ok(http.MethodPost, "/deliveries/replay", `{"trigger":"orders","outcomes":["rejected"]}`).into(&many)
	if len(many.Items) != 1 || many.Items[0].Outcome != "refused" || ws1.runs() != 0 {
		t.Errorf("many: %+v, %d runs", many, ws1.runs())
	}
}

func TestManyAreReplayedInTheOrderOfTheirArrival(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{"message":"{{ payload.n }}"}`, `{}`)
	ws1.ok(http.MethodPost, "/triggers/orders/pause", "")
	for n := range 5 {
		ws1.g.do(http.MethodPost, path, fmt.Sprintf(`{"n":%d}`, n), sesame).is(http.StatusConflict)
	}
	ws1.ok(http.MethodPost, "/triggers/orders/resume", "")
	type page struct {
		Items      []replayed
		NextCursor *string `json:"next_cursor"`
	}
	send := func(more string) (p page, messages string) {
		ws1.ok(http.MethodPost, "/deliveries/replay", `{"trigger":"orders"`+more+`}`).into(&p)
		for _, d := range p.Items {
			messages += d.Outcome + " " + d.Message + ", "
		}
		return p, messages
	}
	if _, got := send(`,"dry_run":true`); got != "would_start 0, would_start 1, would_start 2, would_start 3, would_start 4, " || ws1.runs() != 0 {
		t.Errorf("dry: %s and %d runs", got, ws1.runs())
	}
	first, got := send(`,"limit":3`)
	if got != "started 2, started 3, started 4, " || first.NextCursor == nil {
		t.Fatalf("first page: %s", got)
	}
	if last, got := send(`,"limit":3,"cursor":"` + *first.NextCursor + `"`); got != "started 0, started 1, " || last.NextCursor != nil || ws1.runs() != 5 {
		t.Errorf("second page: %s, %d runs", got, ws1.runs())
	}
	if _, got := send(`,"since":"2100-01-01T00:00:00Z"`); got != "" {
		t.Errorf("of the future: %s", got)
	}
	for body, path := range map[string]string{`{}`: "trigger", `{"trigger":"orders","outcomes":["lost"]}`: "outcomes[0]", `{"trigger":"orders","since":"x"}`: "since"} {
		if got := ws1.call(http.MethodPost, "/deliveries/replay", body); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, fmt.Sprintf("%q", path)) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

func TestKeysReachOnlyTheDeliveriesOfTheirEnvironments(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{}`)
	g.do(http.MethodPost, path+"/PROD", `{}`, sesame).is(http.StatusConflict)
	id := ws1.newest().ID
	const root = "/api/v1/workspaces/ws1"
	g.do(http.MethodGet, root+"/deliveries", "", bearer(ws1.dev)).says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	g.do(http.MethodGet, root+"/deliveries?environment=PROD", "", bearer(ws1.dev)).is(http.StatusForbidden)
	g.do(http.MethodGet, root+"/deliveries/"+id, "", bearer(ws1.dev)).is(http.StatusForbidden)
	g.do(http.MethodPost, root+"/deliveries/"+id+"/replay", `{"environment":"DEV"}`, bearer(ws1.dev)).is(http.StatusForbidden)
	caller := ws1.key("caller", key.Key{Scopes: []key.Scope{key.TriggerInvoke}})
	g.do(http.MethodPost, root+"/deliveries/"+id+"/replay", `{}`, bearer(caller)).is(http.StatusForbidden)
	g.do(http.MethodPost, root+"/deliveries/replay", `{"trigger":"orders"}`, bearer(caller)).is(http.StatusForbidden)
	if got := ws1.call(http.MethodPost, "/deliveries/"+id+"/replay", `{"environment":"DEV"}`).is(http.StatusAccepted).replayed(); got.Outcome != "started" {
		t.Errorf("in another environment: %+v", got)
	}
}

func TestCaptureShowsWhatArrivesAndStartsNothing(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{"message":"{{ payload.id }}"}`, `{}`)
	until := ws1.ok(http.MethodPost, "/triggers/orders/capture", "").field("until").(string)
	if at, err := time.Parse(time.RFC3339, until); err != nil || time.Until(at) < 14*time.Minute || time.Until(at) > 15*time.Minute {
		t.Errorf("until %s", until)
	}
	if now := ws1.ok(http.MethodGet, "/triggers/orders/explain", "").wouldNow(); !strings.HasPrefix(now, "captured deliveries are captured until ") {
		t.Errorf("while it is captured a delivery would be %s", now)
	}
	got := ws1.g.do(http.MethodPost, path, `{"id":"A"}`, sesame).is(http.StatusOK).taken()
	if got.Status != "captured" || ws1.newest().Outcome != "captured" || ws1.newest().Body != `{"id":"A"}` || ws1.runs() != 0 {
		t.Errorf("%+v, %d runs", got, ws1.runs())
	}
	if stats := ws1.ok(http.MethodGet, "/triggers/orders/deliveries", ""); stats.field("capture_until") != until || stats.field("total") != 1.0 {
		t.Errorf("counted %s", stats.body)
	}
	if got := ws1.call(http.MethodPost, "/deliveries/"+got.DeliveryID+"/replay", "").is(http.StatusAccepted).replayed(); got.Message != "A" {
		t.Errorf("sent again: %+v", got)
	}
	ws1.g.ahead.Add(int64(15 * time.Minute))
	ws1.g.do(http.MethodPost, path, `{"id":"A"}`, sesame).is(http.StatusAccepted)
	ws1.ok(http.MethodPost, "/triggers/orders/capture", `{"for":"1h"}`)
	ws1.g.do(http.MethodPost, path, `{}`, sesame).is(http.StatusOK)
	ws1.ok(http.MethodPost, "/triggers/orders/capture", `{"for":"0s"}`).says(http.StatusOK, `{"until":null}`)
	ws1.g.do(http.MethodPost, path, `{}`, sesame).is(http.StatusAccepted)
	for _, length := range []string{"61m", "-1s", "soon"} {
		ws1.call(http.MethodPost, "/triggers/orders/capture", `{"for":"`+length+`"}`).is(http.StatusUnprocessableEntity)
	}
	if now := ws1.ok(http.MethodGet, "/triggers/orders/explain", "").wouldNow(); now != "started " {
		t.Errorf("afterwards a delivery would be %s", now)
	}
	if refused := ws1.call(http.MethodPost, "/triggers/t_echo/capture", "").is(http.StatusUnprocessableEntity); !strings.Contains(refused.body, "receive no deliveries") {
		t.Errorf("what receives no webhooks: %s", refused.body)
	}
}

// Whoever forgot the secret is told why nothing is accepted.
func TestExplainTellsOfAMissingSecret(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	ws1.call(http.MethodPost, "/triggers", `{"name":"issues","kind":"github","graph":"echo","environments":["DEV"]}`).is(http.StatusCreated)
	if now := ws1.ok(http.MethodGet, "/triggers/issues/explain", "").wouldNow(); !strings.HasPrefix(now, "rejected the trigger has no secret") {
		t.Errorf("without a secret a delivery would be %s", now)
	}
	ws1.call(http.MethodPost, "/triggers/issues/secrets", `{"value":"github-secret-1234567"}`).is(http.StatusCreated)
	if now := ws1.ok(http.MethodGet, "/triggers/issues/explain", "").wouldNow(); now != "started " {
		t.Errorf("with one it would be %s", now)
	}
}

// wouldNow is the word and the reason of an explanation.
func (r *reply) wouldNow() string {
	var shown struct {
		Would struct {
			Disposition string
			Reason      *string
		} `json:"would_now"`
	}
	r.into(&shown)
	return shown.Would.Disposition + " " + word(shown.Would.Reason)
}

func TestExplainTellsWhatArrivedAndWhyNothingHappened(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{"filter":"payload.ok"}`)
	first := *g.do(http.MethodPost, path, `{"ok":true}`, sesame, header("Webhook-Id", "1")).is(http.StatusAccepted).taken().RunID
	g.do(http.MethodPost, path, `{"ok":true}`, sesame, header("Webhook-Id", "1")).is(http.StatusOK)
	g.do(http.MethodPost, path, `{"ok":false}`, sesame).is(http.StatusOK)
	g.do(http.MethodPost, path, `{"ok":true}`).is(http.StatusUnauthorized)
	ws1.ok(http.MethodPost, "/triggers/orders/pause", `{"reason":"inventory"}`)
	g.do(http.MethodPost, path, `{"ok":true}`, sesame).is(http.StatusConflict)
	explain := func(query string) string {
		var shown struct {
			Deliveries []struct {
				Outcome string
				Reason  *string
				RunID   *string `json:"run_id"`
			}
		}
		ws1.ok(http.MethodGet, "/triggers/orders/explain"+query, "").into(&shown)
		var all []string
		for _, d := range shown.Deliveries {
			line := strings.TrimSpace(d.Outcome + " " + word(d.Reason))
			if d.RunID != nil {
				line += " " + *d.RunID
			}
			all = append(all, line)
		}
		raw, err := json.Marshal(all)
		must(t, err)
		return string(raw)
	}
	want := fmt.Sprintf(`["refused Trigger is paused: inventory","rejected the signature is missing","filtered the filter is not true: payload.ok = false","duplicate %s","started %s"]`, first, first)
	if got := explain(""); got != want {
		t.Errorf("explained\n%s\nwant\n%s", got, want)
	}
	if got := explain("?at=" + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)); got != "null" {
		t.Errorf("an hour ago: %s", got)
	}
	if got := explain("?environment=PROD"); got != "null" {
		t.Errorf("elsewhere: %s", got)
	}
	blind := ws1.key("blind", key.Key{Scopes: []key.Scope{key.TriggerManage}})
	if got := g.do(http.MethodGet, "/api/v1/workspaces/ws1/triggers/orders/explain", "", bearer(blind)).is(http.StatusOK); !strings.Contains(got.body, `"deliveries":[]`) {
		t.Errorf("a key that reads no deliveries: %s", got.body)
	}
}
