package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
)

func TestWhoMayNotReadRunsLearnsNothingByActingOnThem(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	starter := ws1.key("starter", key.Key{Scopes: []key.Scope{key.TriggerInvoke}})
	ender := ws1.key("ender", key.Key{Scopes: []key.Scope{key.RunCancel, key.RunAnswer}})
	of := "/api/v1/workspaces/ws1/runs/"
	start := func() string {
		return ws1.call(http.MethodPost, "/triggers/t_echo/run", `{"message":"told","user_variables":{"a":"told"}}`).is(http.StatusAccepted).field("id").(string)
	}
	id := start()
	before := ws1.runs()
	g.do(http.MethodPost, of+id+"/replay", "", bearer(starter)).refused(http.StatusForbidden, "forbidden")
	if n := ws1.runs(); n != before {
		t.Errorf("%d runs, want %d", n, before)
	}
	got := g.do(http.MethodPost, of+id+"/cancel", "", bearer(ender)).is(http.StatusAccepted)
	if got.field("status") != "cancelled" || strings.Contains(got.body, "told") {
		t.Errorf("who may cancel reads %s", got.body)
	}
	if got := g.do(http.MethodPost, of+start()+"/cancel", "", bearer(ws1.admin)).is(http.StatusAccepted); !strings.Contains(got.body, "told") {
		t.Errorf("who may read as well does not: %s", got.body)
	}

	id = start()
	claims, err := g.store.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	lease := run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	data, err := json.Marshal(run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.OutcomeUnknown})
	must(t, err)
	must(t, g.store.Fleet().Append(t.Context(), lease, []run.Record{{Seq: 1, Epoch: lease.Epoch, At: time.Now(), Type: run.Waiting, Node: "echo", Data: data}}))
	must(t, g.store.Fleet().Wait(t.Context(), lease, run.OutcomeUnknown, 0, nil))
	got = g.do(http.MethodPost, of+id+"/answer", `{"decision":"retry"}`, bearer(ender)).is(http.StatusAccepted)
	if strings.Contains(got.body, "told") {
		t.Errorf("who may answer reads %s", got.body)
	}
}

func TestEndsOfSecretsAreForWhoManagesThem(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	ws1.ok(http.MethodPut, "/environments/DEV/secrets/TOKEN", `{"value":"long enough to end in W9x7"}`)
	builder := ws1.key("builder", key.Key{Scopes: []key.Scope{key.GraphManage}})
	for _, path := range []string{"/environments", "/environments/DEV"} {
		got := g.do(http.MethodGet, "/api/v1/workspaces/ws1"+path, "", bearer(builder)).is(http.StatusOK)
		if strings.Contains(got.body, "W9x7") || !strings.Contains(got.body, "TOKEN") {
			t.Errorf("who builds graphs reads %s", got.body)
		}
		if got := ws1.ok(http.MethodGet, path, ""); !strings.Contains(got.body, "W9x7") {
			t.Errorf("who manages secrets reads %s", got.body)
		}
	}
}
