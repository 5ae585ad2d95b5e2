package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
)

// fleet is a workspace and the machinery that moves its runs.
type fleet struct {
	store.Fleet
	s      *store.Store
	tenant store.Tenant
	ws     uuid.UUID
	t      testing.TB
}

func (f fleet) GoString() string { return "workspace " + f.ws.String() }

// newFleet makes a workspace with room for that many running and pending runs.
func newFleet(t testing.TB, s *store.Store, running, pending int) fleet {
	t.Helper()
	ws, err := s.CreateWorkspace(t.Context(), tenant.Workspace{
		Name: "w" + uuid.NewString()[:8], Limits: tenant.Limits{Running: running, Pending: pending},
	})
	if err != nil {
		t.Fatal(err)
	}
	return fleet{s.Fleet(), s, s.In(ws.ID), ws.ID, t}
}

// begin is a background start without a key.
func begin() run.Start {
	return run.Start{
		Run: run.Run{
			ID: uuid.Must(uuid.NewV7()), GraphID: uuid.Must(uuid.NewV7()), Graph: "digest", Build: 1, Environment: "DEV",
			Class: run.Background, ThreadID: uuid.Must(uuid.NewV7()), Cause: run.Cause{Kind: "api"}, Message: "hi",
		},
		Limit: time.Hour,
	}
}

func (f fleet) accept(s run.Start) run.Accepted {
	f.t.Helper()
	a, err := f.tenant.Accept(f.t.Context(), s)
	f.check(err)
	return a
}

func (f fleet) admit() []run.Lease {
	f.t.Helper()
	leases, err := f.Admit(f.t.Context(), run.Background, 1000)
	f.check(err)
	return leases
}

func (f fleet) claim(limit int) []store.Claim {
	f.t.Helper()
	claims, err := f.ClaimReady(f.t.Context(), run.Background, "worker", limit)
	f.check(err)
	return claims
}

// running accepts a run and claims it.
func (f fleet) running() run.Lease {
	f.t.Helper()
	a := f.accept(begin())
	for _, c := range f.claim(1000) {
		if c.Run.ID == a.Run {
			return run.Lease{Run: a.Run, Epoch: c.Run.Epoch}
		}
	}
	f.t.Fatal("the accepted run was not claimed")
	return run.Lease{}
}

func (f fleet) read(id uuid.UUID) run.Run {
	f.t.Helper()
	r, err := f.tenant.Run(f.t.Context(), id)
	f.check(err)
	return r
}

func (f fleet) finish(l run.Lease) error {
	return f.Finish(f.t.Context(), l, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"ok": true}}, nil)
}

// exec lets time pass, by moving a moment of a row.
func (f fleet) exec(text string, args ...any) {
	f.t.Helper()
	f.check(f.s.Exec(text, args...))
}

// lose lets every lease end and sweeps.
func (f fleet) lose() store.Swept {
	f.t.Helper()
	_, err := f.ExpireLeases(f.t.Context())
	f.check(err)
	swept, err := f.SweepLeases(f.t.Context(), 100)
	f.check(err)
	return swept
}

// awake takes the pause away from every queued run.
func (f fleet) awake() {
	f.t.Helper()
	f.exec(`update runs set next_at = created_at where status = 'pending'`)
}

// status demands where the run is and what its workspace's counters say.
func (f fleet) status(id uuid.UUID, status run.Status, reason run.Reason, admitted, queued int) run.Run {
	f.t.Helper()
	r := f.read(id)
	if r.Status != status || r.Reason != reason {
		f.t.Errorf("run is %s (%s), want %s (%s)", r.Status, r.Reason, status, reason)
	}
	f.counters(admitted, queued)
	return r
}

func (f fleet) counters(admitted, queued int) {
	f.t.Helper()
	a, q, err := f.s.Counters(f.ws)
	f.check(err)
	if a != admitted || q != queued {
		f.t.Errorf("counters are %d admitted, %d queued, want %d and %d", a, q, admitted, queued)
	}
}

// attempt demands how an attempt came out.
func (f fleet) attempt(l run.Lease, want string) {
	f.t.Helper()
	got, err := f.s.Attempt(l)
	f.check(err)
	if got != want {
		f.t.Errorf("attempt %d came out %q, want %q", l.Epoch, got, want)
	}
}

// healthy demands that the audit finds nothing.
func (f fleet) healthy() {
	f.t.Helper()
	found, err := f.Audit(f.t.Context())
	f.check(err)
	for name, n := range found {
		if n != 0 {
			f.t.Errorf("audit: %s is %d", name, n)
		}
	}
}

func (f fleet) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// step is the record of a completed step.
func step(seq int, node string) run.Record {
	return run.Record{Seq: seq, At: time.Now(), Type: run.StepCompleted, Node: node, Data: json.RawMessage(fmt.Sprintf(`{"output": %q}`, node))}
}
