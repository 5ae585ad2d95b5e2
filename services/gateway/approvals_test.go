package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// approval is a call that waits for a person.
func approval(more string) run.Ask {
	return run.Ask{Reason: run.ForApproval, Question: json.RawMessage(`{"text":"May triage call page?","call":{"tool":"page","arguments":{"text":"<b>fire</b>"},"hash":"sha256:1"` + more + `}}`)}
}

const editable = `,"editable":true,"parameters":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`

func TestCallsAreApprovedAsTheyWereShown(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		for _, c := range []struct {
			more  string
			wrong map[string]string
			right string
			want  run.Decision
			edit  string
		}{
			{"", map[string]string{
				`{}`:                     "decision",
				`{"decision":"retry"}`:   "decision",
				`{"decision":"perhaps"}`: "decision",
				`{"answer":"approved","decision":"approved","hash":"sha256:1"}`: "answer",
				`{"decision":"approved"}`:                                       "hash", // whichever that is by now
				`{"decision":"approved","node":"page"}`:                         "node",
				`{"decision":"approved","hash":"sha256:2"}`:                     "hash",
				`{"decision":"approved","arguments":{"text":"x"}}`:              "arguments",
				`{"decision":"rejected","arguments":{"text":"x"}}`:              "arguments",
				`{"decision":"approved","hash":"sha256:1","variables":{"x":1}}`: "variables",
			}, `{"decision":"approved","hash":"sha256:1"}`, run.Approved, ""},
			{editable, map[string]string{
				`{"decision":"approved","arguments":{"text":5}}`:            "arguments.text",
				`{"decision":"approved","arguments":{"text":"x","to":"y"}}`: "arguments.to",
			}, `{"decision":"approved","hash":"sha256:1","arguments":{"text":"smoke"}}`, run.Approved, `{"text":"smoke"}`},
			{editable, nil, `{"decision":"rejected","comment":"no"}`, run.Denied, ""},
			{"", nil, `{"decision":"approved","ask":"ID"}`, run.Approved, ""},
		} {
			a := ws1.asks(approval(c.more))
			path := "/runs/" + a.run.String() + "/answer"
			for body, where := range c.wrong {
				if got := ws1.call(http.MethodPost, path, body).refusedWith(http.StatusUnprocessableEntity); !slices.Equal(got, []string{where}) {
					t.Errorf("%s: wrong at %v, want %s", body, got, where)
				}
			}
			ws1.call(http.MethodPost, path, strings.Replace(c.right, "ID", a.id.String(), 1)).is(http.StatusAccepted)
			got, err := ws1.store.Ask(t.Context(), a.id)
			must(t, err)
			if got.Answer.Decision != c.want || canonicalRaw(got.Answer.Output) != c.edit || got.Answer.By != "key:admin" {
				t.Errorf("%s: %+v", c.right, got.Answer)
			}
		}
	})
}

func canonicalRaw(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	return canonical(raw)
}

func TestPublishedDecisionIsTakenOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1, ws2 := g.side("ws1"), g.side("ws2")
		for _, decision := range []string{"approved", "rejected"} {
			a := ws1.asks(approval(""))
			path := "/governance/human-approvals/" + a.id.String() + "/decide"
			body := `{"decision":"` + decision + `","workspaceid":"ws1"}`
			status := g.do(http.MethodGet, "/trigger/status/ws1/"+a.run.String(), "", bearer(ws1.plain))
			if status.field("status") != "waiting_for_input" || status.field("requires_input") != true {
				t.Errorf("before: %s", status.body)
			}
			g.do(http.MethodPost, path, body).says(http.StatusUnauthorized, detail("Invalid authentication credentials"))
			g.do(http.MethodPost, path, body, bearer(ws1.plain)).is(http.StatusForbidden)
			g.do(http.MethodPost, path, `{"decision":"`+decision+`"}`, bearer(ws2.admin)).says(http.StatusNotFound, detail("Approval not found"))
			g.do(http.MethodPost, path, strings.Replace(body, "ws1", "ws2", 1), bearer(ws1.admin)).is(http.StatusUnauthorized)
			for wrong, kind := range map[string]string{
				`{"decision":"maybe"}`: `"type":"enum","loc":["body","decision"]`, `{}`: `"type":"enum"`, `{"decision":1}`: `"type":"string_type","loc":["body","decision"]`,
				`[]`: `"type":"dict_type"`, `{"decision"`: `"type":"json_invalid"`, ``: `"type":"json_invalid"`, `{"decision":"approved","workspaceid":5}`: `"loc":["body","workspaceid"]`,
			} {
				if got := g.do(http.MethodPost, path, wrong, bearer(ws1.admin)).is(http.StatusUnprocessableEntity); !strings.Contains(got.body, kind) {
					t.Errorf("%s: %s", wrong, got.body)
				}
			}
			g.do(http.MethodPost, path, body, bearer(ws1.admin)).says(http.StatusOK,
				`{"id":"`+a.id.String()+`","workflow_id":"`+a.run.String()+`","status":"`+decision+`","decided_by":"key:admin"}`)
			got := g.do(http.MethodPost, path, body, bearer(ws1.admin)).is(http.StatusConflict)
			if text := fmt.Sprint(got.field("detail")); !strings.HasPrefix(text, `Approval is not pending: key:admin had decided "`+decision+`" at `) {
				t.Errorf("who was first is not told: %s", got.body)
			}
		}
		question := ws1.asks(input(shipIt))
		g.do(http.MethodPost, "/governance/human-approvals/"+question.id.String()+"/decide", `{"decision":"approved"}`, bearer(ws1.admin)).is(http.StatusNotFound)
		g.do(http.MethodPost, "/governance/human-approvals/"+uuid.NewString()+"/decide", `{"decision":"approved"}`, bearer(ws1.admin)).is(http.StatusNotFound)
	})
}

func TestCallsAreApprovedOnThePage(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	a := ws1.asks(approval(editable))
	path := ws1.linked(a, "ada")
	page := g.do(http.MethodGet, path, "").is(http.StatusOK).body
	if !strings.Contains(page, "&lt;b&gt;fire&lt;/b&gt;") || strings.Contains(page, "<b>") || !strings.Contains(page, `value="sha256:1"`) {
		t.Errorf("the page is %s", page)
	}
	for name, said := range map[string]url.Values{
		"no decision":  {"hash": {"sha256:1"}},
		"another call": {"hash": {"sha256:2"}, "decision": {"approved"}},
		"bad edit":     {"hash": {"sha256:1"}, "decision": {"approved"}, "arguments": {`{"text":5}`}},
		"no JSON":      {"hash": {"sha256:1"}, "decision": {"approved"}, "arguments": {`{"text":`}},
	} {
		if got := g.filled(path, said); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	untouched := ws1.asks(approval(editable))
	for asked, c := range map[asking]struct{ arguments, want string }{
		a:         {`{"text": "smoke"}`, `{"text":"smoke"}`},
		untouched: {"{\r\n  \"text\": \"<b>fire</b>\"\r\n}", ""}, // as a browser sends it
	} {
		path := ws1.linked(asked, "ada")
		g.filled(path, url.Values{"hash": {"sha256:1"}, "decision": {"approved"}, "arguments": {c.arguments}}).is(http.StatusOK)
		got, err := ws1.store.Ask(t.Context(), asked.id)
		must(t, err)
		if got.Answer.Decision != run.Approved || canonicalRaw(got.Answer.Output) != c.want || got.Answer.By != "link:ada" {
			t.Errorf("%+v", got.Answer)
		}
	}
}

// An argument whose letters run backwards, or that has letters which nobody sees,
// is shown as what it is, and is sent as it was.
func TestApproversSeeEveryCharacter(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	const arguments = `{"to":"eve\u202e moc.bob\u200b"}`
	for _, more := range []string{"", editable} {
		a := ws1.asks(run.Ask{Reason: run.ForApproval, Question: json.RawMessage(`{"text":"May triage call page?","call":{"tool":"page","arguments":` + arguments + `,"hash":"sha256:1"` + more + `}}`)})
		path := ws1.linked(a, "ada")
		page := g.do(http.MethodGet, path, "").is(http.StatusOK).body
		if !strings.Contains(page, `eve\u202e moc.bob\u200b`) || strings.ContainsAny(page, "\u202e\u200b") {
			t.Errorf("the page is %s", page)
		}
		g.filled(path, url.Values{"hash": {"sha256:1"}, "decision": {"approved"}, "arguments": {"{\r\n  \"to\": \"eve\\u202e moc.bob\\u200b\"\r\n}"}}).is(http.StatusOK)
		got, err := ws1.store.Ask(t.Context(), a.id)
		must(t, err)
		if got.Answer.Decision != run.Approved || len(got.Answer.Output) > 0 {
			t.Errorf("%+v", got.Answer)
		}
	}
}
