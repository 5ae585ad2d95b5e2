package gateway

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// BenchmarkPoll asks how runs stand that have ended, sixteen callers per
// processor: all of it but the connections.
func BenchmarkPoll(b *testing.B) {
	for name, s := range map[string]*store.Store{"sqlite": storetest.SQLite(b), "postgres": storetest.Postgres(b)} {
		g := serve(b, s)
		requests := g.polls(200, g.side("w1"), g.side("w2"), g.side("w3"), g.side("w4"))
		h := doorOf(fresh(g), wait.NewRoom(nil, poll), slow).Handler()
		b.Run(name, func(b *testing.B) {
			var turn atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					w := &recorder{header: http.Header{}}
					if h.ServeHTTP(w, requests[int(turn.Add(1))%len(requests)]); w.status != http.StatusOK {
						b.Error(w.status, w.body.String())
						return
					}
				}
			})
		})
	}
}

// polls are requests that ask for runs of the tenants, which have ended.
func (g *gate) polls(n int, of ...*side) (requests []*http.Request) {
	for i := range n {
		s := of[i%len(of)]
		path := fmt.Sprintf("/trigger/status/%s/%s", s.ws.Name, s.started())
		s.end(run.Background, ended, run.Record{Type: run.RunStarted}, run.Record{Type: run.StepStarted, Node: "echo"}, run.Record{Type: run.StepCompleted, Node: "echo"})
		r, err := http.NewRequest(http.MethodGet, path, http.NoBody)
		must(g.t, err)
		bearer(s.plain)(r)
		requests = append(requests, r)
	}
	return requests
}
