package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const (
	shipIt  = `{"text":"Ship it?","options":["yes","not yet"],"assignees":["ada"]}`
	howMany = `{"text":"How many?","form":{"type":"object","properties":{"n":{"type":"integer","minimum":1},"why":{"type":"string"}},"required":["n"]}}`
)

func TestAnswersFitWhatIsAskedAndTheFirstWins(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		for _, c := range []struct {
			question string
			wrong    map[string]string // body, and where it is wrong
			right    string
			answered string
		}{
			{shipIt, map[string]string{
				`{}`:                                     "answer",
				`{"answer":"no"}`:                        "answer",
				`{"answer":5}`:                           "answer",
				`{"answer":"yes","decision":"retry"}`:    "decision",
				`{"answer":"yes","output":1}`:            "output",
				`{"answer":"yes","variables":{"a.b":1}}`: "variables",
				`{"answer":"yes","comment":"` + strings.Repeat("x", 2001) + `"}`: "comment",
				`{"answer":"yes","node":"b"}`:                                    "node",
				`{"answer":"yes","ask":"` + uuid.NewString() + `"}`:              "ask",
			}, `{"answer":"not yet","comment":"Friday","variables":{"when":"monday","workflow_id":"mine"}}`, `"not yet"`},
			{howMany, map[string]string{`{"answer":{}}`: "answer.n", `{"answer":{"n":0}}`: "answer.n", `{"answer":"3"}`: "answer"}, `{"answer":{"n":3}}`, `{"n":3}`},
			{`{"text":"Why?"}`, map[string]string{`{"answer":""}`: "answer", `{"answer":{}}`: "answer"}, `{"answer":"because","node":"a"}`, `"because"`},
		} {
			a := ws1.asks(input(c.question))
			path := "/runs/" + a.run.String() + "/answer"
			for body, where := range c.wrong {
				if got := ws1.call(http.MethodPost, path, body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{where}) {
					t.Errorf("%.80s: wrong at %v, want %s", body, got, where)
				}
			}
			ws1.call(http.MethodPost, path, `{"anser":"yes"}`).refused(http.StatusUnprocessableEntity, "unknown_field")
			if got := ws1.call(http.MethodPost, path, c.right).is(http.StatusAccepted); got.field("status") != "pending" || got.field("requires_input") != false {
				t.Error(got.body)
			}
			doc := ws1.ok(http.MethodGet, "/asks/"+a.id.String(), "")
			if canonical(doc.field("answer")) != c.answered || doc.field("answered_by") != "key:admin" || doc.field("status") != "answered" || doc.field("settled_at") == nil {
				t.Error(doc.body)
			}
			late := ws1.call(http.MethodPost, path, c.right)
			if late.refused(http.StatusConflict, "not_waiting"); !strings.Contains(late.body, "it was answered by key:admin at ") {
				t.Errorf("who was first is not told: %s", late.body)
			}
			misfit := ws1.call(http.MethodPost, path, `{"ask":"`+a.id.String()+`","answer":[]}`)
			if misfit.refused(http.StatusConflict, "conflict"); !strings.Contains(misfit.body, "key:admin") {
				t.Errorf("who comes late is told of a form that nobody waits for: %s", misfit.body)
			}
			again := strings.Replace(c.right, `{"answer"`, `{"ask":"`+a.id.String()+`","answer"`, 1)
			got := ws1.call(http.MethodPost, path, again)
			if got.refused(http.StatusConflict, "conflict"); !strings.Contains(got.body, "key:admin") {
				t.Errorf("who was first is not told: %s", got.body)
			}
		}
		asks, _, err := ws1.store.Asks(t.Context(), store.AskFilter{}, store.Page{})
		must(t, err)
		if v := asks[2].Answer; v.Comment != "Friday" || len(v.Variables) != 1 || string(v.Variables["when"]) != `"monday"` {
			t.Errorf("%+v", v)
		}
		if e := ws1.audited("action=run.answer"); len(e) != 3 {
			t.Errorf("recorded %d answers, want 3", len(e))
		}
	})
}

func TestSeveralThingsAskedAreToldApart(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	timer := time.Now().Add(time.Hour)
	a := ws1.asks(input(shipIt), input(howMany), run.Ask{Reason: run.ForCallback}, run.Ask{Reason: run.ForTimer, Until: &timer})
	path := "/runs/" + a.run.String() + "/answer"
	for _, body := range []string{`{"answer":"yes"}`, `{"answer":"yes","node":"d"}`, `{"answer":"yes","node":"a","call":"ask:2"}`} {
		if got := ws1.call(http.MethodPost, path, body).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{"node"}) {
			t.Errorf("%s: wrong at %v", body, got)
		}
	}
	for _, body := range []string{`{"answer":{"n":1},"node":"b"}`, `{"answer":"yes"}`, `{"answer":{"by":"hand"},"node":"c"}`} {
		ws1.call(http.MethodPost, path, body).is(http.StatusAccepted)
	}
	ws1.call(http.MethodPost, path, `{"answer":"yes"}`).refused(http.StatusConflict, "not_waiting")
}

func TestAsksAreListedForThoseWhoMayAnswer(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	a := ws1.asks(input(shipIt), run.Ask{Reason: run.ForCallback})
	ws2.asks(input(shipIt))
	for query, n := range map[string]int{
		"": 2, "status=open": 2, "status=answered": 0, "reason=input": 1, "reason=input,callback": 2, "reason=timer": 0, "assignee=ada": 1, "assignee=bob": 0,
		"run=" + a.run.String(): 2, "run=" + uuid.NewString(): 0, "graph=echo": 2, "graph=other": 0, "environment=DEV": 2, "environment=PROD": 0,
	} {
		var page struct{ Items []map[string]any }
		ws1.ok(http.MethodGet, "/asks?"+query, "").into(&page)
		if len(page.Items) != n {
			t.Errorf("%s: %d asks, want %d", query, len(page.Items), n)
		}
	}
	for _, query := range []string{"status=waiting", "reason=because", "run=mine", "limit=0"} {
		ws1.call(http.MethodGet, "/asks?"+query, "").refused(http.StatusUnprocessableEntity, "invalid")
	}
	ws1.call(http.MethodGet, "/asks?stauts=open", "").refused(http.StatusUnprocessableEntity, "unknown_field")
	one := "/api/v1/workspaces/ws1/asks/" + a.id.String()
	g.do(http.MethodGet, one, "", bearer(ws1.plain)).is(http.StatusOK)
	prod := ws1.key("prod", key.Key{Scopes: key.Scopes, Environments: []string{"PROD"}})
	g.do(http.MethodGet, one, "", bearer(prod)).refused(http.StatusNotFound, "not_found")
	g.do(http.MethodPost, one+"/links", `{"for":"ada"}`, bearer(prod)).refused(http.StatusNotFound, "not_found")
	g.do(http.MethodGet, "/api/v1/workspaces/ws1/asks", "", bearer(prod)).says(http.StatusOK, `{"items":[],"next_cursor":null}`)
	g.do(http.MethodPost, one+"/links", `{"for":"ada"}`, bearer(ws1.plain)).refused(http.StatusForbidden, "forbidden")
}

// linked makes a link to an ask and gives its path.
func (s *side) linked(a asking, to string) string {
	s.g.t.Helper()
	address := s.call(http.MethodPost, "/asks/"+a.id.String()+"/links", fmt.Sprintf(`{"for":%q}`, to)).is(http.StatusCreated).field("url").(string)
	path, ours := strings.CutPrefix(address, s.g.env.Settings.BaseURL())
	if !ours {
		s.g.t.Fatalf("the link leads to %s", address)
	}
	return path
}

// filled sends a form.
func (g *gate) filled(path string, values url.Values) *reply {
	g.t.Helper()
	return g.do(http.MethodPost, path, values.Encode(), header("Content-Type", "application/x-www-form-urlencoded"))
}

func TestLinkShowsAndTakesOneAnswer(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		a := ws1.asks(input(`{"text":"Ship <script>alert(1)</script>?","options":["yes","no\"x"],"assignees":["ada","bob"]}`))
		ada, bob := ws1.linked(a, "ada"), ws1.linked(a, "bob")
		for range 3 { // whatever looks into mails opens links
			page := g.do(http.MethodGet, ada, "").is(http.StatusOK)
			if strings.Contains(page.body, "<script") || !strings.Contains(page.body, "&lt;script&gt;") || !strings.Contains(page.body, "no&#34;x") {
				t.Errorf("the page is %s", page.body)
			}
			for name, want := range map[string]string{
				"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			} {
				if page.header.Get(name) != want {
					t.Errorf("%s is %q", name, page.header.Get(name))
				}
			}
			if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("the policy is %q", policy)
			}
		}
		g.do(http.MethodHead, ada, "")
		if got := ws1.ok(http.MethodGet, "/runs/"+a.run.String(), ""); got.field("status") != "waiting" {
			t.Fatalf("a look has decided: %s", got.body)
		}
		if got := g.filled(ada, url.Values{"answer": {"maybe"}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "one of") {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := g.filled(ada, url.Values{"answer": {"yes"}, "comment": {"fine"}}).is(http.StatusOK); !strings.Contains(got.body, "link:ada answered") || strings.Contains(got.body, "<form") {
			t.Errorf("after the answer: %s", got.body)
		}
		if got := ws1.ok(http.MethodGet, "/asks/"+a.id.String(), ""); got.field("answered_by") != "link:ada" || got.field("answer") != "yes" || got.field("comment") != "fine" {
			t.Error(got.body)
		}
		for _, used := range []string{ada, bob} {
			got := g.filled(used, url.Values{"answer": {"no\"x"}})
			if got.status != http.StatusConflict || got.header.Get("X-Error-Code") != "conflict" || !strings.Contains(got.body, "link:ada") {
				t.Errorf("a link that was used: %d %s", got.status, got.body)
			}
			if got := g.do(http.MethodGet, used, "").is(http.StatusOK); strings.Contains(got.body, "<form") {
				t.Errorf("it can be answered again: %s", got.body)
			}
		}
		e := ws1.audited("action=run.answer")
		if len(e) != 1 || e[0].Actor != "link:ada" || e[0].Object != "run/"+a.run.String() || e[0].Address != "127.0.0.1" {
			t.Errorf("recorded %+v", e)
		}
		if e := ws1.audited("action=ask.link"); len(e) != 2 {
			t.Errorf("recorded %+v", e)
		}
		ws1.call(http.MethodPost, "/asks/"+a.id.String()+"/links", `{"for":"ada"}`).refused(http.StatusConflict, "not_waiting")
		if strings.Contains(g.log.String(), ada[len(ada)-30:]) {
			t.Error("the log knows the link")
		}
	})
}

func TestFormsAreFilledOnThePage(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	a := ws1.asks(input(`{"text":"?","form":{"type":"object","required":["n","sure"],"properties":{
		"n":{"type":"integer","title":"How many","description":"whole ones"},"sure":{"type":"boolean"},"why":{"type":"string"},
		"size":{"type":"string","enum":["s","m"]},"cut":{"enum":["slim","wide"]},"list":{"type":"array","items":{"type":"integer"}}}}}`))
	path := ws1.linked(a, "anybody")
	page := g.do(http.MethodGet, path, "").is(http.StatusOK).body
	for _, want := range []string{"How many *", "whole ones", `type="checkbox"`, "<select", "<option>wide", `<textarea name="field:list"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	got := g.filled(path, url.Values{"field:n": {"three"}, "field:why": {"<b>"}})
	if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "n should be of type integer") || !strings.Contains(got.body, `value="&lt;b&gt;"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	g.filled(path, url.Values{"field:n": {"3"}, "field:sure": {"true"}, "field:size": {"m"}, "field:cut": {"wide"}, "field:list": {"[1,2]"}, "field:other": {"x"}}).is(http.StatusOK)
	doc := ws1.ok(http.MethodGet, "/asks/"+a.id.String(), "")
	if got := canonical(doc.field("answer")); got != `{"cut":"wide","list":[1,2],"n":3,"size":"m","sure":true}` {
		t.Errorf("answered %s", got)
	}
}

func TestForgedAndExpiredLinksAreRefused(t *testing.T) {
	t.Parallel()
	g, ws1, ws2 := onSQLite(t)
	past := time.Now().Add(-time.Second)
	expired := input(shipIt)
	expired.Until = &past
	a, theirs := ws1.asks(expired), ws2.asks(input(shipIt))
	path, foreign := ws1.linked(a, "ada"), ws2.linked(theirs, "ada")
	n, err := g.store.Fleet().ExpireAsks(t.Context(), 10)
	must(t, err)
	if n != 1 {
		t.Fatalf("expired %d asks", n)
	}
	if got := g.filled(path, url.Values{"answer": {"yes"}}); got.status != http.StatusConflict || !strings.Contains(got.body, "expired at") {
		t.Errorf("too late: %d %s", got.status, got.body)
	}
	token := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
	other := link.Signer{Key: []byte("another master key's thirty-two!")}
	forged := link.Pass{Workspace: ws2.ws.ID, Ask: theirs.id, For: "ada"}
	for name, path := range map[string]string{
		"their token on our ask": "/answer/" + a.id.String() + "/" + token(foreign),
		"another key":            other.Person(forged),
		"a callback's token":     "/answer/" + theirs.id.String() + "/" + token(g.links().Callback(ws2.ws.ID, theirs.id)),
		"nothing":                "/answer/" + theirs.id.String() + "/x",
		"no such ask":            strings.TrimPrefix(g.links().Person(link.Pass{Workspace: ws2.ws.ID, Ask: uuid.New(), For: "x"}), g.env.Settings.BaseURL()),
		"their ask, our name":    strings.TrimPrefix(g.links().Person(link.Pass{Workspace: ws1.ws.ID, Ask: theirs.id, For: "x"}), g.env.Settings.BaseURL()),
	} {
		for _, got := range []*reply{g.do(http.MethodGet, path, ""), g.filled(path, url.Values{"answer": {"yes"}})} {
			if got.status != http.StatusNotFound || !strings.Contains(got.body, "This link does not exist") || strings.Contains(got.body, "Ship it") {
				t.Errorf("%s: %s: %d %s", name, got.what, got.status, got.body)
			}
		}
	}
	if got := ws2.ok(http.MethodGet, "/asks/"+theirs.id.String(), ""); got.field("status") != "open" {
		t.Errorf("somebody answered for them: %s", got.body)
	}
	g.do(http.MethodPost, foreign, `{"answer":"yes"}`).is(http.StatusUnsupportedMediaType)
	g.filled(foreign, url.Values{"comment": {strings.Repeat("x", 1<<20)}}).is(http.StatusRequestEntityTooLarge)
	g.do(http.MethodDelete, foreign, "").is(http.StatusMethodNotAllowed)
	if got := ws1.call(http.MethodPost, "/asks/"+ws1.asks(input(shipIt)).id.String()+"/links", `{"for":"eve"}`).refused(http.StatusUnprocessableEntity, "invalid"); !slices.Equal(got, []string{"for"}) {
		t.Errorf("a link for somebody who is not asked: %v", got)
	}
}

// links are the gateway's own.
func (g *gate) links() link.Signer {
	return link.Signer{Key: g.env.Keyring.Derive(link.Purpose), Base: g.env.Settings.BaseURL()}
}

func TestCallbackIsTakenOnceWithoutAKey(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		a := ws1.asks(run.Ask{Reason: run.ForCallback})
		path := strings.TrimPrefix(g.links().Callback(ws1.ws.ID, a.id), g.env.Settings.BaseURL())
		status := g.do(http.MethodGet, "/trigger/status/ws1/"+a.run.String(), "", bearer(ws1.plain))
		if status.field("status") != "pending" || status.field("requires_input") != false {
			t.Errorf("a run that waits for another system: %s", status.body)
		}
		g.do(http.MethodPost, path+"x", `{}`).refused(http.StatusNotFound, "not_found")
		g.do(http.MethodPost, strings.Replace(path, a.id.String(), uuid.NewString(), 1), `{}`).refused(http.StatusNotFound, "not_found")
		g.do(http.MethodGet, path, "").is(http.StatusMethodNotAllowed)
		g.do(http.MethodPost, path, `{"done":`).refused(http.StatusBadRequest, "bad_json")
		g.do(http.MethodPost, path, `"a\u0000b"`).refused(http.StatusBadRequest, "bad_json")
		g.do(http.MethodPost, path, `done`, header("Content-Type", "text/plain")).refused(http.StatusUnsupportedMediaType, "unsupported_media_type")
		g.do(http.MethodPost, path, `{"done":true}`).says(http.StatusAccepted, `{"status":"accepted"}`)
		g.do(http.MethodPost, path, `{"done":false}`).refused(http.StatusConflict, "conflict")
		if got := ws1.ok(http.MethodGet, "/asks/"+a.id.String(), ""); got.field("answer") != nil || got.field("answered_by") != "callback" || got.field("question") != nil {
			t.Error(got.body)
		}
		if kept, err := ws1.store.Ask(t.Context(), a.id); err != nil || canonical(kept.Answer.Output) != `{"done":true}` {
			t.Errorf("%+v, %v", kept.Answer, err)
		}
		ended := ws1.asks(run.Ask{Reason: run.ForCallback})
		ws1.call(http.MethodPost, "/runs/"+ended.run.String()+"/cancel", "").is(http.StatusAccepted)
		path = strings.TrimPrefix(g.links().Callback(ws1.ws.ID, ended.id), g.env.Settings.BaseURL())
		g.do(http.MethodPost, path, "").refused(http.StatusConflict, "already_finished")
	})
}

func TestResumeAnswersARunThatWaitsForInput(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws1 := g.side("ws1")
		for _, c := range []struct{ question, wrong, loc, right, answer string }{
			{shipIt, `{"message":"no"}`, `["body","message"]`, `{"message":"yes","user_variables":{"x":1}}`, `"yes"`},
			{howMany, `{"user_variables":{"n":"3"}}`, `["body","user_variables","n"]`, `{"user_variables":{"n":3,"workflow_id":"mine"}}`, `{"n":3}`},
			{`{"text":"?"}`, ``, `["body","message"]`, `{"message":"yes"}`, `"yes"`},
			{`{"text":"?"}`, `{"message":5}`, `["body","message"]`, `{"user_variables":{"x":1}}`, `""`},
		} {
			a := ws1.asks(input(c.question))
			for i, prefix := range []string{"/trigger", "/api/v1/ai/trigger"} {
				status := g.do(http.MethodGet, prefix+"/status/ws1/"+a.run.String(), "", bearer(ws1.plain)).is(http.StatusOK)
				if status.field("status") != "waiting_for_input" || status.field("requires_input") != true {
					t.Errorf("before: %s", status.body)
				}
				path := prefix + "/resume/ws1/" + a.run.String()
				if got := g.do(http.MethodPost, path, c.wrong, bearer(ws1.plain)).is(http.StatusUnprocessableEntity); !strings.Contains(got.body, `"loc":`+c.loc) {
					t.Errorf("%s: %s", c.wrong, got.body)
				}
				g.do(http.MethodPost, path, `{"message":`, bearer(ws1.plain)).is(http.StatusUnprocessableEntity)
				if i == 0 {
					continue
				}
				g.do(http.MethodPost, path, c.right, bearer(ws1.plain)).says(http.StatusOK,
					`{"workflow_id":"`+a.run.String()+`","response":{},"status":"pending","logs":[],"requires_input":false,"error":null}`)
				g.do(http.MethodPost, path, c.right, bearer(ws1.plain)).says(http.StatusConflict, detail("Workflow is not waiting for input"))
			}
			if got := canonical(ws1.ok(http.MethodGet, "/asks/"+a.id.String(), "").field("answer")); got != c.answer {
				t.Errorf("%s: answered %s", c.right, got)
			}
		}
		for name, ask := range map[string]run.Ask{"approval": {Reason: run.ForApproval}, "doubt": {Reason: run.OutcomeUnknown}, "callback": {Reason: run.ForCallback}} {
			a := ws1.asks(ask)
			got := g.do(http.MethodPost, "/trigger/resume/ws1/"+a.run.String(), `{"message":"yes"}`, bearer(ws1.plain))
			if got.status != http.StatusConflict {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		g.do(http.MethodPost, "/trigger/resume/ws1/"+uuid.NewString(), `{}`, bearer(ws1.plain)).says(http.StatusNotFound, detail("Workflow not found"))
		g.do(http.MethodPost, "/trigger/resume/ws1/"+uuid.NewString(), `{}`).says(http.StatusUnauthorized, detail("Invalid authentication credentials"))
	})
}
