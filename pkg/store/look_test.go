package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/tenant"
)

// watched is a world with a key and a run under way that has three records.
type watched struct {
	world
	s     *store.Store
	mac   []byte
	lease run.Lease
}

func newWatched(t *testing.T, s *store.Store) watched {
	t.Helper()
	w := watched{world: newWorld(t, s), s: s}
	w.mac = []byte("mac of " + w.workspace.Name)
	must(t, failure(w.CreateKey(t.Context(), key.Key{Name: "k", Handle: "k123456789"}, w.mac)))
	must(t, failure(w.Accept(t.Context(), w.start())))
	claims, err := s.Fleet().ClaimReady(t.Context(), run.Background, "test", 1)
	must(t, err)
	w.lease = run.Lease{Run: claims[0].Run.ID, Epoch: claims[0].Run.Epoch}
	must(t, s.Fleet().Append(t.Context(), w.lease, []run.Record{step(1, "a"), step(2, "b"), step(3, "c")}))
	return w
}

func (w watched) look(t *testing.T, records int) store.Sight {
	t.Helper()
	seen, err := w.s.Look(t.Context(), w.mac, w.lease.Run, records)
	must(t, err)
	return seen
}

func TestSightIsWhatIsToldOneAfterTheOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w, theirs := newWatched(t, s), newWatched(t, s)
		k, ws, err := s.Authenticate(t.Context(), w.mac)
		must(t, err)
		r, err := w.Run(t.Context(), w.lease.Run)
		must(t, err)
		for _, n := range []int{0, 2, 10} {
			records, err := w.LastLogs(t.Context(), w.lease.Run, n)
			must(t, err)
			want := store.Sight{Key: k, Workspace: ws, Run: r, Records: records}
			got := w.look(t, n)
			got.State = ""
			if d := cmp.Diff(want, got, sameJSON); d != "" {
				t.Errorf("with %d records: %s", n, d)
			}
		}
		for name, id := range map[string]uuid.UUID{"Unknown": uuid.New(), "OfAnotherWorkspace": theirs.lease.Run} {
			seen, err := s.Look(t.Context(), w.mac, id, 10)
			must(t, err)
			if refused(t, seen.Missing, fault.NotFound); seen.Workspace.ID != ws.ID || seen.Run.ID != uuid.Nil || len(seen.Records) > 0 || seen.State != "" {
				t.Errorf("%s: %+v", name, seen)
			}
		}
		_, err = s.Look(t.Context(), []byte("another"), w.lease.Run, 10)
		refused(t, err, fault.Unauthenticated)
	})
}

// Those who look at the same time are each told of their own run.
func TestManyLookAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		all := []watched{newWatched(t, s), newWatched(t, s), newWatched(t, s)}
		wrong := make(chan string, 64)
		for n := range cap(wrong) {
			mine, at := all[n%3], all[n/3%3]
			go func() {
				seen, err := s.Look(context.WithoutCancel(t.Context()), mine.mac, at.lease.Run, 10)
				own := mine.workspace.ID == at.workspace.ID
				if err != nil || seen.Workspace.ID != mine.workspace.ID || (seen.Missing == nil) != own || own && (seen.Run.ID != at.lease.Run || len(seen.Records) != 3) {
					wrong <- fmt.Sprintf("key %d at run %d: %+v, %v", n%3, n/3%3, seen, err)
					return
				}
				wrong <- ""
			}()
		}
		for range cap(wrong) {
			if text := <-wrong; text != "" {
				t.Error(text)
			}
		}
	})
}

func TestSightStandsUntilSomethingIsWritten(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	for name, change := range map[string]func(ctx context.Context, w watched) error{
		"Nothing":    nil,
		"KeyRevoked": func(ctx context.Context, w watched) error { return failure(w.RevokeKey(ctx, "k", time.Now())) },
		"KeyUsed": func(ctx context.Context, w watched) error {
			k, err := w.Key(ctx, "k")
			if err != nil {
				return err
			}
			return s.TouchKey(ctx, k.ID, time.Now())
		},
		"WorkspaceChanged": func(ctx context.Context, w watched) error {
			return failure(w.ChangeWorkspace(ctx, nil, func(ws tenant.Workspace) tenant.Workspace { ws.TriggersPaused = true; return ws }))
		},
		"LogWritten": func(ctx context.Context, w watched) error {
			return s.Fleet().Append(ctx, w.lease, []run.Record{step(4, "d")})
		},
		"Cancelled": func(ctx context.Context, w watched) error { return failure(w.Cancel(ctx, w.lease.Run, run.Requested)) },
		"Ended": func(ctx context.Context, w watched) error {
			return s.Fleet().Finish(ctx, w.lease, run.Outcome{Status: run.StatusCompleted}, nil)
		},
		"Deleted": func(ctx context.Context, w watched) error {
			return s.Exec(`delete from runs where id = ?`, w.lease.Run)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t, s)
			seen := w.look(t, 10)
			if change != nil {
				must(t, change(t.Context(), w))
			}
			if still, err := s.Still(t.Context(), w.mac, w.lease.Run, seen.State); err != nil || still != (change == nil) {
				t.Errorf("the sight %q is still true: %v, %v", seen.State, still, err)
			}
		})
	}
}

func TestSightStandsForItsKeyAndItsRunAlone(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	w, theirs := newWatched(t, s), newWatched(t, s)
	state := w.look(t, 10).State
	for name, c := range map[string]struct {
		mac   []byte
		run   uuid.UUID
		state string
	}{
		"AnotherKey":       {theirs.mac, w.lease.Run, state},
		"UnknownKey":       {[]byte("another"), w.lease.Run, state},
		"AnotherRun":       {w.mac, theirs.lease.Run, state},
		"UnknownRun":       {w.mac, uuid.New(), state},
		"StateOfAnother":   {w.mac, w.lease.Run, theirs.look(t, 10).State},
		"WithoutARecord":   {w.mac, w.lease.Run, state[:len(state)-2]},
		"WithoutAnyState":  {w.mac, w.lease.Run, ""},
		"WithoutLooking":   {w.mac, w.lease.Run, w.look(t, 0).State},
		"NothingIsTheSame": {nil, uuid.Nil, " "},
	} {
		if still, err := s.Still(t.Context(), c.mac, c.run, c.state); still || err != nil {
			t.Errorf("%s: %q is still true: %v, %v", name, c.state, still, err)
		}
	}
	if still, err := s.Still(t.Context(), w.mac, w.lease.Run, state); !still || err != nil {
		t.Errorf("%q is not true any more: %v", state, err)
	}
}
