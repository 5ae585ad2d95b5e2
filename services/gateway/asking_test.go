package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// asking is a run that waits for what it asked.
type asking struct{ run, id uuid.UUID }

// asks plays the worker of a new run that asks and waits. Of several the first
// is returned.
func (s *side) asks(all ...run.Ask) asking {
	s.g.t.Helper()
	id := s.call(http.MethodPost, "/triggers/t_echo/run", "{}").is(http.StatusAccepted).field("id").(string)
	lease := s.claim(id)
	var records []run.Record
	for i, a := range all {
		if a.ID == uuid.Nil {
			a.ID = uuid.Must(uuid.NewV7())
			all[i].ID = a.ID
		}
		data, err := json.Marshal(a)
		must(s.g.t, err)
		records = append(records, run.Record{
			Seq: i + 1, Epoch: lease.Epoch, At: time.Now(), Type: run.Waiting, Node: string(rune('a' + i)), Call: "ask:1", Data: data,
		})
	}
	must(s.g.t, s.g.store.Fleet().Append(s.g.t.Context(), lease, records))
	must(s.g.t, s.g.store.Fleet().Wait(s.g.t.Context(), lease, all[0].Reason, 0, nil))
	return asking{lease.Run, all[0].ID}
}

// claim takes the run that was started last.
func (s *side) claim(id string) run.Lease {
	s.g.t.Helper()
	var lease run.Lease
	s.g.eventually(func() bool {
		_, err := s.g.store.Fleet().Admit(s.g.t.Context(), run.Background, 100)
		must(s.g.t, err)
		claims, err := s.g.store.Fleet().ClaimReady(s.g.t.Context(), run.Background, "test", 10)
		must(s.g.t, err)
		for _, c := range claims {
			if c.Run.ID.String() == id {
				lease = run.Lease{Run: c.Run.ID, Epoch: c.Run.Epoch}
				return true
			}
		}
		return false
	})
	return lease
}

// input is a question to a person.
func input(question string) run.Ask {
	return run.Ask{Reason: run.ForInput, Question: json.RawMessage(question)}
}
