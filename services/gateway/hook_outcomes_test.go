package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// delivery is a delivery as the native API shows it.
type delivery struct {
	ID, Outcome, Body     string
	Code, Reason, Subject *string
	Run                   *string `json:"run_id"`
	Of                    *string `json:"replay_of"`
	Headers               map[string][]string
	Stages                []trigger.Stage
	BodyCut               bool `json:"body_cut"`
	Base64                bool `json:"body_base64"`
	Size                  int
}

// newest is the delivery that came last.
func (s *side) newest() (d delivery) {
	s.g.t.Helper()
	s.ok(http.MethodGet, "/deliveries/"+s.ok(http.MethodGet, "/deliveries?limit=1", "").one("id").(string), "").into(&d)
	return d
}

// word is a text that may be missing.
func word(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (d delivery) stages() string {
	var all []string
	for _, s := range d.Stages {
		all = append(all, s.Stage)
	}
	return strings.Join(all, " ")
}

func TestDeliveryTellsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	big := `{"text":"` + strings.Repeat("x", 1<<20-len(`{"text":""}`)) + `"}`
	for name, c := range map[string]struct {
		config, policies string
		body             string
		with             []with
		status           int
		outcome, code    string
		reason, stages   string
	}{
		"started":         {`{}`, `{}`, `{"a":1}`, nil, 202, "started", "", "", "received verified read mapped"},
		"text":            {`{"message":"{{ payload }}"}`, `{}`, "hello", []with{header("Content-Type", "text/plain")}, 202, "started", "", "", "received verified read mapped"},
		"form":            {`{"message":"{{ payload.a }}"}`, `{}`, "a=1&b=2&b=3", []with{header("Content-Type", "application/x-www-form-urlencoded")}, 202, "started", "", "", "received verified read mapped"},
		"passed":          {`{}`, `{"filter":"payload.n > 1 && headers[\"x-kind\"] == 'order'"}`, `{"n":2}`, []with{header("X-Kind", "order")}, 202, "started", "", "", "received verified read filtered mapped"},
		"unsigned":        {`{}`, `{}`, `{}`, []with{header("X-Trigger-Secret", "sesam")}, 401, "rejected", "signature", "the signature does not match", "received"},
		"no proof":        {`{}`, `{}`, `{}`, []with{func(r *http.Request) { r.Header.Del("X-Trigger-Secret") }}, 401, "rejected", "signature", "the signature is missing", "received"},
		"open":            {`{"verify":{"scheme":"none"}}`, `{}`, `{}`, []with{func(r *http.Request) { r.Header.Del("X-Trigger-Secret") }}, 202, "started", "", "", "received verified read mapped"},
		"packed":          {`{}`, `{}`, `{}`, []with{header("Content-Encoding", "gzip")}, 415, "rejected", "unsupported_media_type", "Content-Encoding", "received"},
		"too large":       {`{}`, `{}`, big + " ", nil, 413, "rejected", "payload_too_large", "larger than 1048576 bytes", "received"},
		"not a payload":   {`{}`, `{}`, `x`, []with{header("Content-Type", "image/png")}, 415, "refused", "unsupported_media_type", "Content-Type must be", "received verified"},
		"not JSON":        {`{}`, `{}`, `{"a":`, nil, 400, "refused", "bad_json", "the body is not JSON", "received verified"},
		"nested":          {`{}`, `{}`, strings.Repeat("[", 40) + strings.Repeat("]", 40), nil, 400, "refused", "bad_json", "nested too deeply", "received verified"},
		"filtered":        {`{}`, `{"filter":"payload.action == 'opened'"}`, `{"action":"closed"}`, nil, 200, "filtered", "filter", `payload.action = "closed"`, "received verified read"},
		"filter on event": {`{}`, `{"filter":"query.?a.orValue('') == 'x' || body.a == 1"}`, `{"a":2}`, nil, 200, "filtered", "filter", `query.a = nothing, body.a = 2`, "received verified read"},
		"filter fails":    {`{}`, `{"filter":"payload.missing.x"}`, `{}`, nil, 422, "refused", "filter_failed", "no such key: missing", "received verified read"},
		"filter no bool":  {`{}`, `{"filter":"payload.a"}`, `{"a":1}`, nil, 422, "refused", "filter_failed", "not true or false", "received verified read"},
		"mapping fails":   {`{"message":"{{ payload.a + 1 }}"}`, `{}`, `{"a":"x"}`, nil, 422, "refused", "mapping_failed", "message: ", "received verified read"},
		"says too much":   {`{"user_variables":{"a":"{{ payload }}"}}`, `{}`, big, nil, 413, "refused", "payload_too_large", "let user_variables choose", "received verified read"},
		"elsewhere":       {`{}`, `{}`, `{}`, []with{func(r *http.Request) { r.URL.Path += "/PROD" }}, 409, "refused", "no_build", "No build is assigned to environment PROD", "received verified read"},
		"too deep":        {`{}`, `{}`, `{}`, []with{header("X-Trigger-Depth", "6")}, 200, "looped", "loop", "more than 5 runs stand behind it", "received verified read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ws1, _ := onSQLite(t)
			path := ws1.hook("orders", c.config, c.policies)
			got := ws1.g.do(http.MethodPost, path, c.body, append([]with{sesame}, c.with...)...).is(c.status)
			d := ws1.newest()
			if d.Outcome != c.outcome || word(d.Code) != c.code || !strings.Contains(word(d.Reason), c.reason) || d.stages() != c.stages {
				t.Errorf("became %s %s %q by %s; answered %s", d.Outcome, word(d.Code), word(d.Reason), d.stages(), got.body)
			}
			want := 0
			if c.outcome == "started" {
				want = 1
			}
			if n := ws1.runs(); n != want {
				t.Errorf("%d runs, want %d", n, want)
			}
		})
	}
}

func TestPausedTriggerRefusesItsWebhookAndSaysWhy(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{}`)
	ws1.ok(http.MethodPost, "/triggers/orders/pause", `{"reason":"inventory"}`)
	got := ws1.g.do(http.MethodPost, path, `{}`, sesame)
	if got.status != http.StatusConflict || got.header.Get("X-Error-Code") != string(fault.TriggerPaused) {
		t.Errorf("paused: %d %s", got.status, got.body)
	}
	if d := ws1.newest(); d.Outcome != "refused" || word(d.Reason) != "Trigger is paused: inventory" {
		t.Errorf("kept as %s %q", d.Outcome, word(d.Reason))
	}
	ws1.ok(http.MethodPost, "/triggers/orders/archive", "")
	ws1.g.do(http.MethodPost, path, `{}`, sesame).is(http.StatusNotFound)
}

func TestWebhookIsKnownAgainByWhatItsTriggerSays(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	for name, c := range map[string]struct {
		policies      string
		first, second with
		bodies        [2]string
		again         bool
	}{
		"by nothing":          {`{}`, header("A", "1"), header("A", "1"), [2]string{`{}`, `{}`}, false},
		"by its header":       {`{}`, header("Webhook-Id", "1"), header("Webhook-Id", "1"), [2]string{`{"a":1}`, `{"a":2}`}, true},
		"by another header":   {`{}`, header("Webhook-Id", "1"), header("Webhook-Id", "2"), [2]string{`{}`, `{}`}, false},
		"by an expression":    {`{"idempotency":"payload.id"}`, header("Webhook-Id", "1"), header("Webhook-Id", "2"), [2]string{`{"id":7}`, `{"id":7}`}, true},
		"by a long name":      {`{"idempotency":"payload.id"}`, header("A", "1"), header("A", "1"), [2]string{`{"id":"` + strings.Repeat("é", 500) + `"}`, `{"id":"` + strings.Repeat("é", 500) + `"}`}, true},
		"by another long one": {`{"idempotency":"payload.id"}`, header("A", "1"), header("A", "1"), [2]string{`{"id":"` + strings.Repeat("é", 500) + `"}`, `{"id":"` + strings.Repeat("é", 501) + `"}`}, false},
	} {
		path := ws1.hook("t"+strings.ReplaceAll(name, " ", "_"), `{}`, c.policies)
		first := ws1.g.do(http.MethodPost, path, c.bodies[0], sesame, c.first).is(http.StatusAccepted).taken()
		second := ws1.g.do(http.MethodPost, path, c.bodies[1], sesame, c.second).taken()
		if again := second.Status == "duplicate" && *second.RunID == *first.RunID; again != c.again {
			t.Errorf("%s: %+v", name, second)
		}
	}
}

func TestRunIsNotStartedByWhatItDidItself(t *testing.T) {
	t.Parallel()
	_, ws1, ws2 := onSQLite(t)
	comments, other := ws1.hook("comments", `{}`, `{}`), ws1.hook("other", `{}`, `{}`)
	theirs := ws2.hook("comments", `{}`, `{}`)
	first := *ws1.g.do(http.MethodPost, comments, `{"text":"help"}`, sesame).is(http.StatusAccepted).taken().RunID
	said := fmt.Sprintf(`{"text":%q}`, "done "+trigger.Marker(uuid.MustParse(first)))

	// What it wrote comes back, as a text that quotes its marker or with its header.
	for name, with := range map[string]with{"marker": header("A", "b"), "header": header(trigger.HeaderCausedBy, first)} {
		body := said
		if name == "header" {
			body = `{}`
		}
		got := ws1.g.do(http.MethodPost, comments, body, sesame, with).is(http.StatusOK).taken()
		if got.Status != "looped" || !strings.Contains(*got.Reason, first) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// It may start another trigger, a run deeper, until the chain is too long or
	// comes back to where it was.
	got := ws1.g.do(http.MethodPost, other, said, sesame).is(http.StatusAccepted).taken()
	second, err := ws1.store.Run(t.Context(), uuid.MustParse(*got.RunID))
	must(t, err)
	if second.Cause.Depth != 1 || second.Cause.CausedBy != first {
		t.Errorf("the other run is caused by %+v", second.Cause)
	}
	if got := ws1.g.do(http.MethodPost, comments, `{}`, sesame, header(trigger.HeaderCausedBy, second.ID.String())).taken(); got.Status != "looped" {
		t.Errorf("in a circle of two: %+v", got)
	}
	// Another tenant's run, or none, is nobody's cause.
	for _, cause := range []string{second.ID.String(), uuid.NewString(), "x"} {
		if got := ws2.g.do(http.MethodPost, theirs, said, sesame, header(trigger.HeaderCausedBy, cause)).is(http.StatusAccepted).taken(); got.Status != "accepted" {
			t.Errorf("%s: %+v", cause, got)
		}
	}
}

func TestChainOfRunsEnds(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	cause := ""
	for depth := range run.MaxDepth + 2 {
		path := ws1.hook(fmt.Sprintf("t%d", depth), `{}`, `{}`)
		got := ws1.g.do(http.MethodPost, path, `{}`, sesame, header(trigger.HeaderCausedBy, cause)).taken()
		if want := depth <= run.MaxDepth; (got.Status == "accepted") != want {
			t.Fatalf("depth %d: %+v", depth, got)
		}
		if got.RunID != nil {
			cause = *got.RunID
		}
	}
}

func TestActorThatIsIgnoredStartsNothing(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	made := ws1.made(http.MethodPut, "/triggers/issues", `{"kind":"github","graph":"echo","config":{"ignore_actors":["onset-bot"]}}`)
	id := made.field("id").(string)
	ws1.knows(id, "sesame")
	comment := func(actor string) taken {
		body := fmt.Sprintf(`{"action":"created","sender":{"login":%q},"repository":{"full_name":"acme/shop"},"issue":{"number":12}}`, actor)
		return ws1.g.do(http.MethodPost, "/api/v1/hooks/"+id, body, signedAs("github", "sesame", body), header("X-GitHub-Event", "issue_comment")).taken()
	}
	if got := comment("Onset-Bot"); got.Status != "filtered" || !strings.Contains(*got.Reason, `"Onset-Bot"`) {
		t.Errorf("the bot: %+v", got)
	}
	if got := comment("ada"); got.Status != "accepted" {
		t.Errorf("somebody: %+v", got)
	}
}

func TestBreakerPausesARunawayWithAReason(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws1 := serve(t, s).side("ws1")
		path := ws1.hook("runaway", `{"subject":"payload.thread"}`, `{"breaker":{"max":3,"per":"10m"}}`)
		send := func(thread string) *reply {
			return ws1.g.do(http.MethodPost, path, fmt.Sprintf(`{"thread":%q}`, thread), sesame)
		}
		for range 3 {
			send("a").is(http.StatusAccepted)
			send("b").is(http.StatusAccepted)
		}
		send("a").is(http.StatusAccepted) // the one too many
		send("b").is(http.StatusConflict)
		got := ws1.ok(http.MethodGet, "/triggers/runaway", "")
		if got.field("status") != "paused" || got.field("paused_reason") != "a started more than 3 runs in 10m0s" {
			t.Errorf("the trigger is %v: %v", got.field("status"), got.field("paused_reason"))
		}
		if entry := ws1.ok(http.MethodGet, "/audit?limit=1", ""); entry.one("actor") != "onset" || entry.one("action") != "trigger.pause" || entry.one("object") != "trigger/runaway" {
			t.Errorf("the audit log says %s", entry.body)
		}
	})
}

func TestNothingSecretIsKeptOfARequest(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{"verify":{"scheme":"header","header":"X-Own"},"message":"{{ headers.authorization }}{{ headers.cookie }}{{ headers['x-hub-signature'] }}"}`, `{}`)
	ws1.g.do(http.MethodPost, path+"?token_of_mine=sesame", `{}`, header("X-Own", "sesame"), header("Authorization", "Bearer canary-1"),
		header("Cookie", "canary-2"), header("X-Hub-Signature", "canary-3"), header("X-Plain", "seen")).is(http.StatusUnprocessableEntity)
	shown := ws1.ok(http.MethodGet, "/deliveries/"+ws1.newest().ID, "").body
	for _, secret := range []string{"canary", "sesame"} {
		if strings.Contains(shown, secret) || strings.Contains(g.log.String(), secret) {
			t.Errorf("%s is shown or logged: %s", secret, shown)
		}
	}
	if !strings.Contains(shown, `"X-Plain":["seen"]`) || !strings.Contains(shown, `"X-Own":["[redacted]"]`) {
		t.Errorf("shown: %s", shown)
	}
}

func TestNothingSecretIsKeptOfARequestThatNobodyReads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		with   with
		status int
	}{
		"too large": {strings.Repeat("x", 1<<20+1), header("A", "b"), http.StatusRequestEntityTooLarge},
		"packed":    {`{}`, header("Content-Encoding", "gzip"), http.StatusUnsupportedMediaType},
	} {
		_, ws1, _ := onSQLite(t)
		path := ws1.hook("orders", `{"verify":{"scheme":"header","header":"X-Own"}}`, `{}`)
		ws1.g.do(http.MethodPost, path+"?mine=sesame", c.body, header("X-Own", "sesame"), header("X-Plain", "my sesame"), c.with).is(c.status)
		shown := ws1.ok(http.MethodGet, "/deliveries/"+ws1.newest().ID, "").body
		if strings.Contains(shown, "sesame") || !strings.Contains(shown, `"X-Own":["[redacted]"]`) {
			t.Errorf("%s: shown: %s", name, shown)
		}
	}
}

func TestSourceOfManyForgeriesIsToldToSlowDown(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	path := ws1.hook("orders", `{}`, `{}`)
	var statuses []int
	for range 25 {
		statuses = append(statuses, ws1.g.do(http.MethodPost, path, strings.Repeat("x", 100_000), header("X-Trigger-Secret", "wrong")).status)
	}
	if slices.Contains(statuses[:20], http.StatusTooManyRequests) || statuses[20] != http.StatusTooManyRequests {
		t.Errorf("answered %v", statuses)
	}
	kept := ws1.ok(http.MethodGet, "/triggers/orders/deliveries", "")
	if kept.field("total") != 20.0 {
		t.Errorf("kept %s", kept.body)
	}
	if d := ws1.newest(); len(d.Body) != 16<<10 || !d.BodyCut || d.Size != 100_000 {
		t.Errorf("kept %d bytes of %d", len(d.Body), d.Size)
	}
	// Whoever is genuine is still heard.
	ws1.g.do(http.MethodPost, path, `{}`, sesame).is(http.StatusAccepted)
	ws1.g.ahead.Add(int64(time.Minute))
	ws1.g.do(http.MethodPost, path, `{}`, header("X-Trigger-Secret", "wrong")).is(http.StatusUnauthorized)
}
