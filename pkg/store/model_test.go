package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// Whatever is asked for in whatever order, the rows, the counters and the
// refusals are those of a model that fits on two screens.
func TestStoreDoesWhatItsModelDoes(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(r *rapid.T) {
			m := &twin{T: r, s: s, f: s.Fleet(), runs: map[uuid.UUID]*twinRun{}}
			for _, clean := range []string{
				"delete from journal", "delete from attempts", "delete from idempotency_keys", "delete from runs",
				"update workspace_counters set admitted = 0, queued = 0", "delete from workspace_releases",
			} {
				m.check(s.Exec(clean))
			}
			for range 2 {
				m.tenants = append(m.tenants, newFleet(t, s, modelCap, modelQueue))
			}
			r.Repeat(map[string]func(*rapid.T){
				"":        m.compare,
				"accept":  m.accept,
				"repeat":  m.repeat,
				"admit":   m.admit,
				"claim":   m.claim,
				"beat":    m.beat,
				"append":  m.append,
				"leave":   m.leave,
				"cancel":  m.cancel,
				"ask":     m.ask,
				"answer":  m.answer,
				"lose":    m.lose,
				"awake":   m.awake,
				"sweep":   m.sweep,
				"recount": m.recount,
			})
		})
	})
}

const modelCap, modelQueue = 2, 3

type twinRun struct {
	tenant    fleet
	id        uuid.UUID
	status    run.Status
	epoch     int
	admitted  bool
	paused    bool
	cancelled bool // somebody asked for it
	crashes   int
	attempts  int
	seq       int
	progress  bool // the attempt has completed a step
	key       string
	asks      []uuid.UUID
	settled   map[uuid.UUID]bool
	answers   int
	heard     int // the answers that the attempt knows
}

func (r *twinRun) GoString() string {
	return fmt.Sprintf("%s: %s at epoch %d, admitted %t, paused %t, asked to stop %t, %d crashes", r.key, r.status, r.epoch, r.admitted, r.paused, r.cancelled, r.crashes)
}

func (r *twinRun) holds() bool {
	return r.status == run.StatusRunning || r.status == run.StatusPending && r.admitted
}

func (r *twinRun) queued() bool { return r.status == run.StatusPending && !r.admitted }

type twin struct {
	*rapid.T
	s       *store.Store
	f       store.Fleet
	tenants []fleet
	runs    map[uuid.UUID]*twinRun
	order   []uuid.UUID
	keys    int
	refused int64
}

// pick draws a run that fits, or skips the step.
func (m *twin) pick(t *rapid.T, fits func(*twinRun) bool) *twinRun {
	var some []*twinRun
	for _, id := range m.order {
		if r := m.runs[id]; fits(r) {
			some = append(some, r)
		}
	}
	if len(some) == 0 {
		t.Skip("no such run")
	}
	return rapid.SampledFrom(some).Draw(t, "run")
}

func (m *twin) count(f fleet, fits func(*twinRun) bool) (n int) {
	for _, r := range m.runs {
		if r.tenant.ws == f.ws && fits(r) {
			n++
		}
	}
	return n
}

func (m *twin) check(err error) {
	if err != nil {
		m.Fatalf("%v", err)
	}
}

func (m *twin) accept(t *rapid.T) {
	f := rapid.SampledFrom(m.tenants).Draw(t, "tenant")
	m.keys++
	start := keyed(fmt.Sprint(m.keys), "h")
	a, err := f.tenant.Accept(f.t.Context(), start)
	room := modelCap - m.count(f, (*twinRun).holds)
	queue := m.count(f, (*twinRun).queued)
	switch {
	case room > 0 && queue == 0, queue < modelQueue:
		m.check(err)
		if want := room > 0 && queue == 0; a.Admitted != want || !a.Fresh {
			t.Fatalf("accepted %+v with room for %d and %d queued", a, room, queue)
		}
		m.runs[a.Run] = &twinRun{tenant: f, id: a.Run, status: run.StatusPending, admitted: a.Admitted, key: start.IdempotencyKey}
		m.order = append(m.order, a.Run)
	case !errors.Is(err, fault.QueueFull):
		t.Fatalf("a full queue answered %+v, %v", a, err)
	}
}

func (m *twin) repeat(t *rapid.T) {
	r := m.pick(t, func(*twinRun) bool { return true })
	a, err := r.tenant.tenant.Accept(r.tenant.t.Context(), keyed(r.key, "h"))
	if err != nil || a != (run.Accepted{Run: r.id}) {
		t.Fatalf("repeated start of %s is answered %+v, %v", r.id, a, err)
	}
}

func (m *twin) admit(t *rapid.T) {
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	ctx := m.tenants[0].t.Context()
	room, err := m.f.Fits(ctx)
	m.check(err)
	leases, err := m.f.Admit(ctx, run.Background, limit)
	m.check(err)
	fits := func(r *twinRun) bool { return r.queued() && !r.paused && !r.cancelled }
	want := 0
	for _, f := range m.tenants {
		want += max(0, min(modelCap-m.count(f, (*twinRun).holds), m.count(f, fits)))
	}
	if len(leases) != min(limit, want) {
		t.Fatalf("admitted %d of at most %d, want %d", len(leases), limit, want)
	}
	if want > 0 && !room {
		t.Fatalf("%d runs fit and a look says that none does", want)
	}
	for _, l := range leases {
		r := m.runs[l.Run]
		if !fits(r) || l.Epoch != r.epoch {
			t.Fatalf("admitted %+v at epoch %d", r, l.Epoch)
		}
		r.admitted = true
	}
}

func (m *twin) claim(t *rapid.T) {
	limit := rapid.IntRange(1, 3).Draw(t, "limit")
	claims, err := m.f.ClaimReady(m.tenants[0].t.Context(), run.Background, "worker", limit)
	m.check(err)
	ready := func(r *twinRun) bool { return r.status == run.StatusPending && r.admitted }
	if want := min(limit, m.count(m.tenants[0], ready)+m.count(m.tenants[1], ready)); len(claims) != want {
		t.Fatalf("claimed %d of at most %d, want %d", len(claims), limit, want)
	}
	for _, c := range claims {
		r := m.runs[c.Run.ID]
		if !ready(r) || c.Run.Epoch != r.epoch+1 {
			t.Fatalf("claimed %+v at epoch %d", r, c.Run.Epoch)
		}
		r.status, r.epoch, r.admitted, r.progress = run.StatusRunning, r.epoch+1, false, false
		r.attempts++
		if r.heard = c.Answers; r.heard != r.answers {
			t.Fatalf("claimed with %d answers of %d", r.heard, r.answers)
		}
	}
}

// lease draws a hold on a run that was ever claimed: the one that counts, or an
// old one.
func (m *twin) lease(t *rapid.T) (*twinRun, run.Lease, bool) {
	r := m.pick(t, func(r *twinRun) bool { return r.epoch > 0 })
	epoch := rapid.IntRange(1, r.epoch).Draw(t, "epoch")
	return r, run.Lease{Run: r.id, Epoch: epoch}, r.status == run.StatusRunning && epoch == r.epoch
}

// judge demands that a write was let through or fenced.
func (m *twin) judge(t *rapid.T, err error, held bool) {
	if held {
		m.check(err)
		return
	}
	m.refused++
	if !errors.Is(err, fault.Fenced) {
		t.Fatalf("a stale write is answered %v", err)
	}
}

func (m *twin) beat(t *rapid.T) {
	r, l, held := m.lease(t)
	beats, err := m.f.Beat(r.tenant.t.Context(), []run.Lease{l})
	m.check(err)
	if beat, ok := beats[r.id]; ok != held || beat.Cancel != (held && r.cancelled) {
		t.Fatalf("beat of %+v at epoch %d is %v", r, l.Epoch, beats)
	}
}

func (m *twin) append(t *rapid.T) {
	r, l, held := m.lease(t)
	record := step(r.seq+1, fmt.Sprint("n", r.seq+1))
	m.judge(t, m.f.Append(r.tenant.t.Context(), l, []run.Record{record}), held)
	if held {
		r.seq++
		r.progress = true
	}
}

func (m *twin) leave(t *rapid.T) {
	r, l, held := m.lease(t)
	ctx := r.tenant.t.Context()
	to := rapid.SampledFrom([]run.Status{run.StatusCompleted, run.StatusFailed, run.StatusPending, run.StatusWaiting}).Draw(t, "to")
	var err error
	switch to {
	case run.StatusPending:
		err = m.f.Release(ctx, l, nil)
	case run.StatusWaiting:
		err = m.f.Wait(ctx, l, run.ForInput, r.heard, nil)
	default:
		err = m.f.Finish(ctx, l, run.Outcome{Status: to, ErrorCode: run.NodeFailed}, []run.Record{step(r.seq+1, fmt.Sprint("n", r.seq+1))})
	}
	m.judge(t, err, held)
	if !held {
		return
	}
	r.status = to
	switch {
	case to == run.StatusPending:
		r.attempts--
		r.paused = false
	case to == run.StatusWaiting && r.answers > r.heard:
		r.status, r.paused = run.StatusPending, false
	}
	if to.Terminal() {
		r.seq++
	}
}

func (m *twin) cancel(t *rapid.T) {
	r := m.pick(t, func(*twinRun) bool { return true })
	_, err := r.tenant.tenant.Cancel(r.tenant.t.Context(), r.id, run.Requested)
	switch {
	case r.status.Terminal():
		if !errors.Is(err, fault.AlreadyFinished) {
			t.Fatalf("cancel of a %s run is answered %v", r.status, err)
		}
		return
	case r.status == run.StatusRunning:
		r.cancelled = true
	default:
		r.status = run.StatusCancelled
	}
	m.check(err)
}

func (m *twin) ask(t *rapid.T) {
	r, l, held := m.lease(t)
	a := run.Ask{ID: uuid.Must(uuid.NewV7()), Reason: run.ForInput}
	data, err := json.Marshal(a)
	m.check(err)
	m.judge(t, m.f.Append(r.tenant.t.Context(), l, []run.Record{{Seq: r.seq + 1, At: time.Now(), Type: run.Waiting, Node: "n", Data: data}}), held)
	if held {
		r.seq++
		r.asks = append(r.asks, a.ID)
	}
}

// answer answers anything that was ever asked: only the first answer counts,
// and only while the run lives.
func (m *twin) answer(t *rapid.T) {
	r := m.pick(t, func(r *twinRun) bool { return len(r.asks) > 0 })
	ask := rapid.SampledFrom(r.asks).Draw(t, "ask")
	_, after, err := r.tenant.tenant.Answer(r.tenant.t.Context(), ask, run.Answer{Decision: run.Given, By: "test"})
	want := fault.Code("")
	switch {
	case r.status.Terminal():
		want = fault.AlreadyFinished
	case r.settled[ask]:
		want = fault.Conflict
	}
	if want != "" {
		if !errors.Is(err, want) {
			t.Fatalf("answer to a %s run: %v", r.status, err)
		}
		return
	}
	m.check(err)
	if r.settled == nil {
		r.settled = map[uuid.UUID]bool{}
	}
	r.settled[ask] = true
	r.answers++
	if r.status == run.StatusWaiting {
		r.status, r.paused = run.StatusPending, false
	}
	if after.Status != r.status {
		t.Fatalf("an answered run is %s, want %s", after.Status, r.status)
	}
}

func (m *twin) lose(*rapid.T) {
	ctx := m.tenants[0].t.Context()
	_, err := m.f.ExpireLeases(ctx)
	m.check(err)
	_, err = m.f.SweepLeases(ctx, 100)
	m.check(err)
	// A pause ends when awake says so, however slow the machine is.
	m.check(m.s.Exec(`update runs set next_at = '2999-01-01T00:00:00.000000Z' where status = 'pending' and status_reason = 'worker_lost' and next_at > created_at`))
	for _, r := range m.runs {
		if r.status != run.StatusRunning {
			continue
		}
		r.crashes++
		if r.progress {
			r.crashes = 0
		}
		switch {
		case r.cancelled:
			r.status = run.StatusCancelled
		case r.crashes >= run.MaxCrashes:
			r.status = run.StatusFailed
		default:
			r.status, r.paused = run.StatusPending, true
		}
	}
}

func (m *twin) awake(*rapid.T) {
	m.check(m.s.Exec(`update runs set next_at = created_at where status = 'pending'`))
	for _, r := range m.runs {
		r.paused = false
	}
}

func (m *twin) sweep(*rapid.T) {
	ctx := m.tenants[0].t.Context()
	_, err := m.f.SweepCancelled(ctx, 100)
	m.check(err)
	_, err = m.f.SweepExpired(ctx, 100)
	m.check(err)
	for _, r := range m.runs {
		if r.status == run.StatusPending && r.cancelled {
			r.status = run.StatusCancelled
		}
	}
}

func (m *twin) recount(t *rapid.T) {
	if n, err := m.f.RepairCounters(m.tenants[0].t.Context()); n != 0 || err != nil {
		t.Fatalf("RepairCounters = %d, %v", n, err)
	}
}

// compare is run after every step.
func (m *twin) compare(t *rapid.T) {
	for _, r := range m.runs {
		got, err := r.tenant.tenant.Run(r.tenant.t.Context(), r.id)
		m.check(err)
		if got.Status != r.status || got.Epoch != r.epoch || got.Crashes != r.crashes || got.Attempts != r.attempts {
			t.Fatalf("run is %s at epoch %d, attempt %d after %d crashes; the model says %#v", got.Status, got.Epoch, got.Attempts, got.Crashes, r)
		}
	}
	for _, f := range m.tenants {
		admitted, queued, err := m.s.Counters(f.ws)
		m.check(err)
		if a, q := m.count(f, (*twinRun).holds), m.count(f, (*twinRun).queued); admitted != a || queued != q {
			t.Fatalf("counters are %d and %d; the model says %d and %d", admitted, queued, a, q)
		}
		if admitted > modelCap {
			t.Fatalf("%d admitted, cap %d", admitted, modelCap)
		}
	}
	found, err := m.f.Audit(m.tenants[0].t.Context())
	m.check(err)
	if bad := slices.DeleteFunc([]string{"counters_drift", "epoch_without_attempt", "completed_twice", "finished_by_nobody"},
		func(name string) bool { return found[name] == 0 }); len(bad) > 0 {
		t.Fatalf("audit finds %v in %v", bad, found)
	}
}
