package gateway

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// instance makes a webhook, and gives the path of its published address.
func (s *side) instance(name, config string) (id, path string) {
	s.g.t.Helper()
	id = s.made(http.MethodPut, "/triggers/"+name, fmt.Sprintf(`{"kind":"webhook","graph":"echo","config":%s}`, config)).field("id").(string)
	return id, "/api/v1/trigger_instances/manage/" + id + "/webhook"
}

func TestWebhookOfAnInstanceStartsAnExecution(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws := g.side("ws1")
		id, path := ws.instance("slack_message", `{"events":["message.created"],"filters":{"channel":"#general"}}`)
		ws.made(http.MethodPost, "/triggers/slack_message/secrets", `{"value":"shhh"}`)
		const body = `{"event":"message.created","channel":"#general"}`
		for n, proof := range []with{g.signed("hmac", "shhh", "", body), g.signed("github", "shhh", "", body), g.signed("composio", "shhh", "msg_1", body)} {
			got := g.do(http.MethodPost, path, body, proof).is(http.StatusAccepted)
			data := got.field("data").(map[string]any)
			r, err := ws.store.Run(t.Context(), uuid.MustParse(data["executionId"].(string)))
			must(t, err)
			message := "Trigger accepted"
			if n == 1 { // the same HMAC in another header
				message = "Trigger was accepted before"
			}
			got.says(http.StatusAccepted, fmt.Sprintf(`{"success":true,"message":%q,"data":{"triggerId":%q,"executionId":"%s","threadId":"%s"}}`, message, id, r.ID, r.ThreadID))
		}
		if n := ws.runs(); n != 2 {
			t.Errorf("%d runs, want 2: two proofs are the same signature", n)
		}
	})
}

func TestWebhookOfAnInstanceIgnoresWhatItsConfigDoesNotChoose(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	_, path := ws.instance("messages", `{"open":true,"events":["message.created"],"filters":{"channel":"#general"}}`)
	const ignored = `{"success":true,"message":"Event ignored by filters"}`
	g.do(http.MethodPost, path, `{"event":"message.deleted","channel":"#general"}`).says(http.StatusOK, ignored)
	g.do(http.MethodPost, path, `{"event":"message.created","channel":"#random"}`).says(http.StatusOK, ignored)
	g.do(http.MethodPost, path, `{"channel":"#general"}`, header("X-Event-Type", "message.created")).is(http.StatusAccepted)
	if n := ws.runs(); n != 1 {
		t.Errorf("%d runs", n)
	}
}

func TestWebhookOfAnInstanceRefusesInItsWords(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	_, path := ws.instance("messages", `{}`)
	refused := func(status int, message string) string {
		return fmt.Sprintf(`{"success":false,"statusCode":%d,"message":%q,"error":%q}`, status, message, http.StatusText(status))
	}
	g.do(http.MethodPost, path, `{}`).says(http.StatusUnauthorized, refused(401, "Unauthorized"))
	ws.made(http.MethodPost, "/triggers/messages/secrets", `{"value":"shhh"}`)
	g.do(http.MethodPost, path, `{}`, g.signed("hmac", "other", "", `{}`)).says(http.StatusUnauthorized, refused(401, "Unauthorized"))
	g.do(http.MethodPost, "/api/v1/trigger_instances/manage/"+uuid.NewString()+"/webhook", `{}`).says(http.StatusNotFound, refused(404, "Trigger instance not found"))
	g.do(http.MethodGet, path, "").says(http.StatusMethodNotAllowed, refused(405, "Method Not Allowed"))
	ws.ok(http.MethodPost, "/triggers/messages/pause", "")
	g.do(http.MethodPost, path, `{}`, g.signed("hmac", "shhh", "", `{}`)).says(http.StatusConflict, refused(409, "Trigger instance is disabled"))
	if n := ws.runs(); n > 0 {
		t.Errorf("%d runs", n)
	}
}
