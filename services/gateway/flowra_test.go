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

// log is an invocation as a caller sees it.
type log struct {
	ID, TriggerID, Slug, Source, Status string
	StatusCode                          int
	ExecutionID, ThreadID, ReplayOf     *string
	Error                               *string
	Payload                             any
}

func TestInvocationsAreLoggedAndReplayed(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		g := serve(t, s)
		ws, other := g.side("ws1"), g.side("ws2")
		id, path := ws.instance("messages", `{"open":true,"events":["a"]}`)
		g.do(http.MethodPost, path, `{"event":"a","n":1}`).is(http.StatusAccepted)
		g.do(http.MethodPost, path, `{"event":"b"}`).is(http.StatusOK)
		const root = "/api/v1/trigger_instances/invocation-logs"
		read := func(query string) (data []log, total float64) {
			var page struct {
				Data  []log
				Total float64
			}
			g.do(http.MethodGet, root+query, "", header("X-Api-Key", ws.admin.Reveal())).is(http.StatusOK).into(&page)
			return page.Data, page.Total
		}
		all, total := read("?sortOrder=asc&triggerId=" + id)
		if len(all) != 2 || total != 2 {
			t.Fatalf("%d of %v invocations", len(all), total)
		}
		first, second := all[0], all[1]
		if first.Status != "success" || first.StatusCode != 202 || first.ExecutionID == nil || first.ThreadID == nil || first.Slug != "messages" ||
			first.Source != "local_webhook" || fmt.Sprint(first.Payload) != "map[event:a n:1]" || first.Error != nil {
			t.Errorf("the first is shown as %+v", first)
		}
		if second.Status != "skipped" || second.ExecutionID != nil || second.Error == nil {
			t.Errorf("the second is shown as %+v", second)
		}
		var again struct {
			Data struct{ LogID, ReplayOf, ExecutionID string }
		}
		replay := func(log string, k with) *reply { return g.do(http.MethodPost, root+"/"+log+"/replay-webhook", "", k) }
		replay(first.ID, bearer(ws.admin)).is(http.StatusCreated).into(&again)
		if again.Data.ReplayOf != first.ID || again.Data.ExecutionID == *first.ExecutionID {
			t.Errorf("replayed as %+v", again.Data)
		}
		newest, _ := read("?limit=1")
		if newest[0].ReplayOf == nil || *newest[0].ReplayOf != first.ID || *newest[0].ExecutionID != again.Data.ExecutionID {
			t.Errorf("the replay is shown as %+v", newest[0])
		}
		for _, missing := range []with{bearer(other.admin), header("X-Api-Key", other.admin.Reveal())} {
			replay(first.ID, missing).says(http.StatusNotFound, `{"success":false,"statusCode":404,"message":"Invocation log not found","error":"Not Found"}`)
		}
		replay("x", bearer(ws.admin)).is(http.StatusNotFound)
		replay(first.ID, bearer(ws.plain)).is(http.StatusForbidden)
		for _, query := range []string{"?source=poll_scheduler", "?toolSlug=x", "?triggerId=" + uuid.NewString(), "?q=sesame"} {
			if data, total := read(query); len(data) > 0 || total > 0 {
				t.Errorf("%s finds %d of %v", query, len(data), total)
			}
		}
		if n := ws.runs(); n != 2 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestLogsOfInvocationsComeInPages(t *testing.T) {
	t.Parallel()
	g, ws, _ := onSQLite(t)
	_, path := ws.instance("messages", `{"open":true}`)
	for range 3 {
		g.do(http.MethodPost, path, `{}`).is(http.StatusAccepted)
	}
	const root = "/api/v1/trigger_instances/invocation-logs"
	page := func(query string) *reply {
		return g.do(http.MethodGet, root+query, "", header("X-Api-Key", ws.admin.Reveal()))
	}
	for query, want := range map[string]string{
		"?limit=2":          "total 3 page 1 limit 2 totalPages 2 hasNextPage true hasPreviousPage false",
		"?limit=2&page=2":   "total 3 page 2 limit 2 totalPages 2 hasNextPage false hasPreviousPage true",
		"?page=9":           "total 3 page 9 limit 20 totalPages 1 hasNextPage false hasPreviousPage true",
		"?offset=1&limit=1": "total 3 page 2 limit 1 totalPages 3 hasNextPage true hasPreviousPage true",
	} {
		got := page(query).is(http.StatusOK)
		is := fmt.Sprintf("total %v page %v limit %v totalPages %v hasNextPage %v hasPreviousPage %v",
			got.field("total"), got.field("page"), got.field("limit"), got.field("totalPages"), got.field("hasNextPage"), got.field("hasPreviousPage"))
		if is != want {
			t.Errorf("%s: %s, want %s", query, is, want)
		}
	}
	if got := page("?fields=id,status&limit=1"); len(got.field("data").([]any)[0].(map[string]any)) != 2 {
		t.Errorf("two fields are %s", got.body)
	}
	for _, wrong := range []string{"?limit=0", "?limit=101", "?page=0", "?page=x", "?sortBy=id", "?sortOrder=up", "?source=mars", "?triggerId=messages", "?offset=-1"} {
		page(wrong).is(http.StatusBadRequest)
	}
	g.do(http.MethodGet, root, "").says(http.StatusUnauthorized, `{"success":false,"statusCode":401,"message":"Unauthorized","error":"Unauthorized"}`)
	twice := func(r *http.Request) { r.Header["X-Api-Key"] = []string{ws.admin.Reveal(), ws.admin.Reveal()} }
	g.do(http.MethodGet, root, "", twice, bearer(ws.admin)).is(http.StatusUnauthorized)
}
