package gateway

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

func TestRepeatedCallsOfOneRunAreBounded(t *testing.T) {
	t.Parallel()
	g, ws1, _ := onSQLite(t)
	once := header("Idempotency-Key", "once")
	call := "/trigger/ws1/t_echo/DEV"
	first := make(chan *reply, 1)
	go func() { first <- g.do(http.MethodPost, call, "", bearer(ws1.plain), once) }()
	g.eventually(func() bool { return ws1.runs() == 1 })
	for {
		w, err := g.room.Watch(ws1.ws.ID, uuid.New())
		if err != nil {
			break
		}
		defer w.Leave()
	}
	again := g.do(http.MethodPost, call, "", bearer(ws1.plain), once).is(http.StatusOK).applied("", "pending", "")
	if again.took > 5*time.Second || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("after %v: %v", again.took, again.header)
	}
	// Who starts a run is held all the same.
	both := make(chan struct{})
	go func() { defer close(both); ws1.end(run.Sync, ended); ws1.end(run.Sync, ended) }()
	if got := g.do(http.MethodPost, call, "", bearer(ws1.plain)).is(http.StatusOK); got.field("status") != "completed" {
		t.Errorf("who starts a run hears %s", got.body)
	}
	<-both
	if got := <-first; got.workflow() != again.workflow() || got.field("status") != "completed" {
		t.Errorf("the first caller hears %s", got.body)
	}
}
