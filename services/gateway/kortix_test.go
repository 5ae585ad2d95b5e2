package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

const signup = `{"event":"customer.signup","customer_email":"a@example.com","plan":"pro"}`

var (
	shares    = func(s *boot.Settings) { s.WebhookSecret, s.Mode = "your-secret-key-here", boot.Local }
	ourSecret = header("X-Trigger-Secret", "your-secret-key-here")
)

// prompted makes a webhook with a prompt.
func (s *side) prompted(name, prompt string) (id string) {
	s.g.t.Helper()
	config, err := json.Marshal(map[string]string{"agent_prompt": prompt})
	must(s.g.t, err)
	return s.made(http.MethodPut, "/triggers/"+name, fmt.Sprintf(`{"kind":"webhook","graph":"echo","config":%s}`, config)).field("id").(string)
}

func TestPublishedWebhookStartsAnExecution(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s, shares)
		ws := g.side("ws1")
		id := ws.prompted("signup", "Process {{customer_email}} on {{plan}}")
		for _, prefix := range []string{"/api/triggers/", "/v1/triggers/"} {
			got := g.do(http.MethodPost, prefix+id+"/webhook", signup, ourSecret).is(http.StatusOK)
			execution := got.field("execution").(map[string]any)
			r, err := ws.store.Run(t.Context(), uuid.MustParse(execution["execution_id"].(string)))
			must(t, err)
			got.says(http.StatusOK, fmt.Sprintf(`{"success":true,"message":"Trigger processed and worker execution started","execution":{"success":true,`+
				`"execution_id":"%[1]s","agent_run_id":"%[1]s","thread_id":"%[2]s","status":"running","message":"Worker execution started successfully"},`+
				`"trigger_result":{"should_execute_agent":true,"agent_prompt":"Process a@example.com on pro"}}`, r.ID, r.ThreadID))
			if payload, _ := r.UserVariables["payload"].(map[string]any); r.Message != "Process a@example.com on pro" || payload["plan"] != "pro" {
				t.Errorf("the run was told %q and %v", r.Message, r.UserVariables)
			}
		}
		if n := ws.runs(); n != 2 {
			t.Errorf("%d runs, want one for each request", n)
		}
	})
}

func TestPublishedWebhookRefusesInItsWords(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), shares)
	ws := g.side("ws1")
	id := ws.prompted("signup", "")
	path := "/api/triggers/" + id + "/webhook"
	const unauthorized = `{"detail":"Unauthorized"}`
	g.do(http.MethodPost, path, signup).says(http.StatusUnauthorized, unauthorized)
	g.do(http.MethodPost, path, signup, header("X-Trigger-Secret", "your-secret-key-her")).says(http.StatusUnauthorized, unauthorized)
	g.do(http.MethodPost, path, signup, bearer(ws.admin)).says(http.StatusUnauthorized, unauthorized)
	for _, missing := range []string{uuid.NewString(), "signup", ws.ok(http.MethodGet, "/triggers/t_echo", "").field("id").(string)} {
		g.do(http.MethodPost, "/api/triggers/"+missing+"/webhook", signup, ourSecret).
			says(http.StatusNotFound, fmt.Sprintf(`{"success":false,"error":"Trigger not found: %s"}`, missing))
	}
	g.do(http.MethodGet, path, "").says(http.StatusOK, fmt.Sprintf(`{"status":"ok","service":"trigger-webhook-proxy","triggerId":%q}`, id))
	g.do(http.MethodPut, path, signup, ourSecret).says(http.StatusMethodNotAllowed, `{"detail":"Method Not Allowed"}`)
	ws.ok(http.MethodPost, "/triggers/signup/pause", "")
	g.do(http.MethodPost, path, signup, ourSecret).says(http.StatusBadRequest, fmt.Sprintf(`{"success":false,"error":"Trigger is inactive: %s"}`, id))
	if n := ws.runs(); n > 0 {
		t.Errorf("%d runs", n)
	}
}

func TestPublishedWebhookTakesAnyBodyAndSaysWhenNothingIsToBeDone(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), shares)
	ws := g.side("ws1")
	id := ws.prompted("any", "")
	path := "/api/triggers/" + id + "/webhook"
	for body, want := range map[string]string{
		"not json": "Process webhook data: {}", `[1]`: `Process webhook data: {"payload":[1]}`, `{"a":"<é>"}`: `Process webhook data: {"a":"<é>"}`,
	} {
		var got struct {
			Result struct {
				Prompt string `json:"agent_prompt"`
			} `json:"trigger_result"`
		}
		if g.do(http.MethodPost, path, body, ourSecret).is(http.StatusOK).into(&got); got.Result.Prompt != want {
			t.Errorf("%s: told %q, want %q", body, got.Result.Prompt, want)
		}
	}
	first := g.do(http.MethodPost, path, signup, ourSecret, header("Idempotency-Key", "k")).is(http.StatusOK)
	again := g.do(http.MethodPost, path, signup, ourSecret, header("Idempotency-Key", "k")).is(http.StatusOK)
	was, is := first.field("execution").(map[string]any), again.field("execution").(map[string]any)
	if was["execution_id"] != is["execution_id"] || again.field("duplicate") != true {
		t.Errorf("a repeated delivery: %s", again.body)
	}
	ws.ok(http.MethodPatch, "/triggers/any", `{"policies":{"filter":"payload.plan == 'free'"}}`)
	g.do(http.MethodPost, path, signup, ourSecret).
		says(http.StatusOK, `{"success":true,"message":"Trigger processed successfully (no execution needed)","trigger_result":{"should_execute_agent":false}}`)
	ws.ok(http.MethodPatch, "/triggers/any", `{"policies":{"filter":null},"environments":["PROD"]}`)
	g.do(http.MethodPost, path, `{}`, ourSecret).says(http.StatusOK, `{"success":true,"message":"Trigger processed and worker execution started",`+
		`"execution":{"success":false,"error":"No build is assigned to environment PROD","message":"Failed to execute trigger"},`+
		`"trigger_result":{"should_execute_agent":true,"agent_prompt":""}}`)
}

// One tenant who knows the installation's secret must not start another's
// trigger.
func TestSharedSecretCountsOnlyWhereItIsMeantTo(t *testing.T) {
	t.Parallel()
	g := serve(t, storetest.SQLite(t), func(s *boot.Settings) { s.WebhookSecret, s.Mode = "your-secret-key-here", boot.Hosted })
	ws := g.side("ws1")
	id := ws.prompted("signup", "")
	path := "/api/triggers/" + id + "/webhook"
	g.do(http.MethodPost, path, signup, ourSecret).says(http.StatusInternalServerError, detail("Webhook secret not configured"))
	g.do(http.MethodPatch, "/api/v1/workspaces/ws1", `{"limits":{"shared_secret":true}}`, bearer(ws.admin)).is(http.StatusOK)
	g.do(http.MethodPost, path, signup, ourSecret).is(http.StatusOK)
	ws.made(http.MethodPost, "/triggers/signup/secrets", `{"value":"its own"}`)
	g.do(http.MethodPost, path, signup, ourSecret).says(http.StatusUnauthorized, `{"detail":"Unauthorized"}`)
	g.do(http.MethodPost, path, signup, header("X-Trigger-Secret", "its own")).is(http.StatusOK)
	g.do(http.MethodPost, path, signup, g.signed("github", "its own", "", signup)).is(http.StatusOK)

	other := ws.made(http.MethodPut, "/triggers/generic", `{"kind":"generic","graph":"echo"}`).field("id").(string)
	g.do(http.MethodPost, "/api/v1/hooks/"+other, `{}`, ourSecret).is(http.StatusUnauthorized)
}
