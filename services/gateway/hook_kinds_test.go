package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const sending = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// of makes a trigger of a kind whose sender has the secret, and gives the path to
// it.
func (s *side) of(kind, config string) (path string) {
	s.g.t.Helper()
	made := s.made(http.MethodPut, "/triggers/"+kind, fmt.Sprintf(`{"kind":%q,"graph":"echo","config":%s,"secret":%q}`, kind, config, sending))
	return "/api/v1/hooks/" + made.field("id").(string)
}

// kindsOfSenders are the vendors' kinds with the scheme of their senders and a
// body that starts a run.
var kindsOfSenders = map[string]struct{ scheme, body string }{
	"jira":     {"atlassian", issueCreated},
	"github":   {"github", `{"action":"opened","issue":{"number":1},"repository":{"full_name":"acme/shop"}}`},
	"slack":    {"slack", `{"type":"event_callback","api_app_id":"A1","team_id":"T1","event_id":"Ev1","event":{"type":"app_mention","channel":"C1"}}`},
	"stripe":   {"stripe", `{"id":"evt_1","type":"invoice.paid"}`},
	"standard": {"standard", `{"type":"user.created"}`},
	"webhook":  {"hmac", signup},
	"generic":  {"header", `{}`},
}

// What is forged is refused with one sentence, whatever is wrong with it, and
// leaves no run.
func TestForgedWebhooksOfEveryKindAreRefusedAlike(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	for kind, c := range kindsOfSenders {
		path := ws.of(kind, `{}`)
		forged := map[string][]with{
			"not signed":     nil,
			"another secret": {g.signed(c.scheme, strings.Replace(sending, "M", "N", 1), "msg_1", c.body)},
			"another scheme": {header("Authorization", "Bearer "+sending), header("X-Signature", sending)},
			"sent twice": {g.signed(c.scheme, sending, "msg_1", c.body), func(r *http.Request) {
				for name, values := range r.Header {
					if strings.Contains(name, "Signature") || strings.Contains(name, "Secret") {
						r.Header[name] = append(values, values...)
					}
				}
			}},
		}
		if c.scheme != "header" {
			forged["another body"] = []with{g.signed(c.scheme, sending, "msg_1", c.body+" ")}
		}
		if c.scheme == "slack" || c.scheme == "stripe" || c.scheme == "standard" {
			old := g.signed(c.scheme, sending, "msg_1", c.body)
			g.ahead.Store(int64(301 * time.Second))
			forged["old"] = []with{old}
			if got := g.do(http.MethodPost, path, c.body, old); got.status != http.StatusUnauthorized {
				t.Errorf("%s of long ago: %d %s", kind, got.status, got.body)
			}
			delete(forged, "old")
			g.ahead.Store(0)
		}
		for name, changes := range forged {
			got := g.do(http.MethodPost, path, c.body, append([]with{header("X-GitHub-Event", "issues")}, changes...)...)
			if got.status != http.StatusUnauthorized || got.field("detail") != "Invalid signature" || got.field("code") != "unauthenticated" {
				t.Errorf("%s, %s: %d %s", kind, name, got.status, got.body)
			}
		}
	}
	if n := ws.runs(); n > 0 {
		t.Fatalf("%d runs", n)
	}
	for kind, c := range kindsOfSenders {
		id := ws.ok(http.MethodGet, "/triggers/"+kind, "").field("id").(string)
		g.do(http.MethodPost, "/api/v1/hooks/"+id, c.body, g.signed(c.scheme, sending, "msg_1", c.body), header("X-GitHub-Event", "issues")).is(http.StatusAccepted)
	}
}

// Slack sends an event again when it heard nothing: at once, after a minute and
// after five. The first copy may be the one that was lost.
func TestRetriesOfSlackAreNeitherLostNorDoubled(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws := g.side("ws1")
		path := ws.of("slack", `{}`)
		event := func(id string) string {
			return strings.Replace(kindsOfSenders["slack"].body, "Ev1", id, 1)
		}
		send := func(id, retry string) taken {
			return g.do(http.MethodPost, path, event(id), g.signed("slack", sending, "", event(id)), header("X-Slack-Retry-Num", retry), header("X-Slack-Retry-Reason", "http_timeout")).taken()
		}
		runs := map[string]bool{}
		for n, after := range []time.Duration{0, time.Second, time.Minute, 6 * time.Minute} {
			g.ahead.Store(int64(after))
			for id, first := range map[string]int{"EvAll": 0, "EvLost": 1, "EvLast": 3} {
				if n < first {
					continue // this copy never arrived
				}
				got := send(id, fmt.Sprint(n))
				if want := map[bool]string{true: "accepted", false: "duplicate"}[n == first]; got.Status != want {
					t.Errorf("copy %d of %s is answered %q, want %q", n, id, got.Status, want)
				}
				runs[*got.RunID] = true
			}
		}
		if n := ws.runs(); n != 3 || len(runs) != 3 {
			t.Errorf("%d runs for 3 events, answered with %d", n, len(runs))
		}
	})
}

func TestHandshakesAreAnsweredInTheSendersWords(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	slack, github := ws.of("slack", `{}`), ws.of("github", `{"events":["issues"]}`)
	const verification = `{"token":"x","challenge":"3eZbrw1aB","type":"url_verification"}`
	g.do(http.MethodPost, slack, verification, g.signed("slack", sending, "", verification)).says(http.StatusOK, `{"challenge":"3eZbrw1aB"}`)
	g.do(http.MethodPost, slack, verification, g.signed("slack", "whsec_AAAA", "", verification)).is(http.StatusUnauthorized)
	g.do(http.MethodPost, github, `{"zen":"…"}`, g.signed("github", sending, "", `{"zen":"…"}`), header("X-GitHub-Event", "ping")).says(http.StatusOK, "pong")
	if n := ws.runs(); n > 0 {
		t.Errorf("%d runs", n)
	}
	const command = "command=%2Fdeploy&text=shop&team_id=T1&channel_id=C1&user_id=U1&trigger_id=1.2&api_app_id=A1"
	got := g.do(http.MethodPost, slack, command, g.signed("slack", sending, "", command), header("Content-Type", "application/x-www-form-urlencoded"))
	if got.says(http.StatusOK, ""); ws.runs() != 1 {
		t.Error("a command started nothing")
	}
}

// GitHub's names are not signed: its deliveries are known by their signature.
func TestDeliveriesOfGitHubAreKnownByTheirSignature(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	path := ws.of("github", `{"events":["issues.opened"]}`)
	send := func(body, guid, event string) taken {
		return g.do(http.MethodPost, path, body, g.signed("github", sending, "", body), header("X-GitHub-Delivery", guid), header("X-GitHub-Event", event)).taken()
	}
	for _, c := range []struct{ body, guid, event, want string }{
		{`{"action":"opened","n":1}`, "g1", "issues", "accepted"},
		{`{"action":"opened","n":1}`, "g1", "issues", "duplicate"},
		{`{"action":"opened","n":1}`, "g2", "issues", "duplicate"},
		{`{"action":"opened","n":2}`, "g1", "issues", "accepted"},
		{`{"action":"closed","n":3}`, "g3", "issues", "filtered"},
		{`{"action":"opened","n":4}`, "g4", "pull_request", "filtered"},
	} {
		if got := send(c.body, c.guid, c.event); got.Status != c.want {
			t.Errorf("%s as %s %s: %s, want %s", c.body, c.guid, c.event, got.Status, c.want)
		}
	}
	const form = "payload=%7B%22action%22%3A%22opened%22%2C%22n%22%3A5%7D"
	got := g.do(http.MethodPost, path, form, g.signed("github", sending, "", form), header("X-GitHub-Event", "issues"), header("Content-Type", "application/x-www-form-urlencoded"))
	got.is(http.StatusAccepted)
	big := `{"action":"opened","text":"` + strings.Repeat("x", 3<<20) + `"}`
	if got := g.do(http.MethodPost, path, big, g.signed("github", sending, "", big), header("X-GitHub-Event", "pull_request")); got.status != http.StatusOK || got.taken().Status != "filtered" {
		t.Errorf("3 MiB of another event: %d %s", got.status, got.body)
	}
	huge := strings.Repeat(" ", 25<<20+1)
	g.do(http.MethodPost, path, huge, g.signed("github", sending, "", huge), header("X-GitHub-Event", "issues")).is(http.StatusRequestEntityTooLarge)
}
