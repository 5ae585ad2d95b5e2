package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const (
	issueCreated = `{"webhookEvent":"jira:issue_created","issue":{"key":"OPS-7","fields":{"summary":"DB down"}}}`
	issueProof   = "sha256=4be19cba06e2aa0d3d1a9cd66e8eb7bedfec83eb285499fe39ffdc957d5b8be6"
)

// jira makes the trigger of the published example.
func (s *side) jira() (id string) {
	s.g.t.Helper()
	return s.made(http.MethodPut, "/triggers/t_jira", `{"kind":"jira","graph":"echo","environments":["DEV"],"secret":"jira-secret-123"}`).field("id").(string)
}

var (
	issueSigned = header("X-Hub-Signature", issueProof)
	// jiraStarts are the spellings that answer at once, jiraWaits those that wait.
	jiraStarts = []string{"/trigger/jira/start/%s/%s/DEV", "/trigger/start/%s/%s/DEV/jira", "/api/v1/ai/trigger/jira/start/%s/%s/DEV", "/api/v1/ai/trigger/start/%s/%s/DEV/jira"}
	jiraWaits  = []string{"/trigger/%s/%s/DEV/jira", "/trigger/jira/%s/%s/DEV", "/api/v1/ai/trigger/%s/%s/DEV/jira", "/api/v1/ai/trigger/jira/%s/%s/DEV"}
)

func TestPublishedJiraWebhookStartsARunWithItsFields(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ws := serve(t, s).side("ws1")
		id := ws.jira()
		got := ws.g.do(http.MethodPost, fmt.Sprintf(jiraStarts[0], "ws1", id), issueCreated, issueSigned).is(http.StatusOK)
		first := got.workflow()
		got.says(http.StatusOK, fmt.Sprintf(`{"workflow_id":"%s","response":{},"status":"pending","logs":[],"requires_input":false,"error":null}`, first))
		r, err := ws.store.Run(t.Context(), first)
		must(t, err)
		told, _ := json.Marshal(r.UserVariables)
		if string(told) != `{"issue":{"fields":{"summary":"DB down"},"key":"OPS-7"},"issue_key":"OPS-7","webhookEvent":"jira:issue_created"}` || r.Message != "" {
			t.Errorf("the run was told %q and %s", r.Message, told)
		}
		// Whatever the spelling: it is the same delivery, and its run answers.
		for _, path := range jiraStarts[1:] {
			if again := ws.g.do(http.MethodPost, fmt.Sprintf(path, ws.ws.ID, id), issueCreated, issueSigned).is(http.StatusOK); again.workflow() != first {
				t.Errorf("%s started another run", path)
			}
		}
		if n := ws.runs(); n != 1 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestWaitingJiraWebhookAnswersWithTheEnd(t *testing.T) {
	t.Parallel()
	_, ws, _ := onSQLite(t)
	id := ws.jira()
	answers := make(chan *reply, len(jiraWaits))
	for _, path := range jiraWaits {
		go func() {
			answers <- ws.g.do(http.MethodPost, fmt.Sprintf(path, "ws1", id), issueCreated, issueSigned)
		}()
	}
	ws.end(run.Sync, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "done"}})
	for range jiraWaits {
		got := (<-answers).is(http.StatusOK)
		if got.field("status") != "completed" || got.field("response").(map[string]any)["answer"] != "done" {
			t.Errorf("answered %s", got.body)
		}
	}
	if n := ws.runs(); n != 1 {
		t.Errorf("%d runs", n)
	}
}

func TestJiraWebhookThatProvesNothingIsRefusedInThePublishedWords(t *testing.T) {
	t.Parallel()
	g, ws, other := onSQLite(t)
	id, api := ws.jira(), ws.ok(http.MethodGet, "/triggers/t_echo", "").field("id").(string)
	path := fmt.Sprintf(jiraStarts[0], "ws1", id)
	const unauthenticated = `{"detail":"Invalid authentication credentials"}`
	for name, c := range map[string]struct {
		path, body, proof string
		status            int
		says              string
	}{
		"no proof":               {path, issueCreated, "", 401, unauthenticated},
		"SHA-1":                  {path, issueCreated, "sha1=" + issueProof[7:], 401, unauthenticated},
		"no prefix":              {path, issueCreated, issueProof[7:], 401, unauthenticated},
		"63 digits":              {path, issueCreated, issueProof[:70], 401, unauthenticated},
		"no hex":                 {path, issueCreated, "sha256=" + "zz" + issueProof[9:], 401, unauthenticated},
		"line feed behind":       {path, issueCreated + "\n", issueProof, 401, unauthenticated},
		"another workspace":      {fmt.Sprintf(jiraStarts[0], "ws2", id), issueCreated, issueProof, 404, detail("Trigger not found")},
		"a name":                 {fmt.Sprintf(jiraStarts[0], "ws1", "t_jira"), issueCreated, issueProof, 404, detail("Trigger not found")},
		"another kind":           {fmt.Sprintf(jiraStarts[0], "ws1", api), issueCreated, issueProof, 404, detail("Trigger not found")},
		"nobody's":               {fmt.Sprintf(jiraStarts[0], "ws1", uuid.NewString()), issueCreated, issueProof, 404, detail("Trigger not found")},
		"where it does not live": {fmt.Sprintf("/trigger/jira/start/ws1/%s/PROD", id), issueCreated, issueProof, 404, detail("No build is assigned to environment PROD")},
	} {
		if got := g.do(http.MethodPost, c.path, c.body, header("X-Hub-Signature", c.proof)); got.status != c.status || got.body != c.says {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := g.do(http.MethodPost, fmt.Sprintf("/trigger/jira/start/ws1/%s/STAGE", id), issueCreated, issueSigned); got.status != http.StatusUnprocessableEntity {
		t.Errorf("an environment that there is not: %d %s", got.status, got.body)
	}
	if n := ws.runs() + other.runs(); n > 0 {
		t.Errorf("%d runs", n)
	}
	// Upper-case digits are the same signature.
	g.do(http.MethodPost, path, issueCreated, header("X-Hub-Signature", "sha256=4BE19CBA06E2AA0D3D1A9CD66E8EB7BEDFEC83EB285499FE39FFDC957D5B8BE6")).is(http.StatusOK)
	g.do(http.MethodPost, path, issueCreated, header("X-Hub-Signature-256", issueProof)).is(http.StatusOK)
}

func TestJiraWebhookIsAnsweredInThePublishedWords(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	id := ws.jira()
	path := fmt.Sprintf(jiraStarts[0], "ws1", id)
	send := func(body string) *reply {
		return g.do(http.MethodPost, path, body, g.signed("atlassian", "jira-secret-123", "", body))
	}
	send(`[1]`).says(http.StatusUnprocessableEntity, `{"detail":[{"type":"dict_type","loc":["body"],"msg":"Input should be a valid dictionary","input":""}]}`)
	if got := send(`{"a":`).is(http.StatusUnprocessableEntity); got.header.Get("X-Error-Code") != "bad_json" {
		t.Errorf("no JSON: %s", got.body)
	}
	ws.ok(http.MethodPatch, "/triggers/t_jira", `{"config":{"events":["jira:issue_deleted"]}}`)
	send(issueCreated).says(http.StatusOK, `{"workflow_id":"","response":{},"status":"ignored","logs":[],"requires_input":false,"error":null,`+
		`"reason":"the event \"jira:issue_created\" is none of jira:issue_deleted"}`)
	ws.ok(http.MethodPost, "/triggers/t_jira/pause", "")
	send(issueCreated).says(http.StatusConflict, detail("Trigger is paused"))

	bare := ws.made(http.MethodPut, "/triggers/bare", `{"kind":"jira","graph":"echo"}`).field("id").(string)
	g.do(http.MethodPost, fmt.Sprintf(jiraStarts[0], "ws1", bare), issueCreated, issueSigned).
		says(http.StatusInternalServerError, detail("Process query failed: Jira webhook secret not configured"))
}
