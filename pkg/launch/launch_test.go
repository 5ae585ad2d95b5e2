package launch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// runs accepts as a test tells it to.
type runs struct {
	answer   run.Accepted
	err      error
	accepted []run.Start
}

func (r *runs) Accept(_ context.Context, s run.Start) (run.Accepted, error) {
	r.accepted = append(r.accepted, s)
	if r.answer.Run == uuid.Nil {
		r.answer.Run = s.Run.ID
	}
	return r.answer, r.err
}

// bells remember what rang.
type bells struct {
	rung   []run.Lease
	class  run.Class
	knocks int
}

func (b *bells) Ring(c run.Class, leases ...run.Lease) {
	b.class, b.rung = c, append(b.rung, leases...)
}
func (b *bells) Knock() { b.knocks++ }

const (
	syncLimit = 150 * time.Second
	runLimit  = 2700 * time.Second
)

func start(change func(*launch.Start)) launch.Start {
	s := launch.Start{
		Workspace:   tenant.Workspace{ID: uuid.New()},
		Trigger:     trigger.Trigger{ID: uuid.New(), Name: "t", Kind: "api", GraphID: uuid.New(), Graph: "g", Status: trigger.Active},
		Build:       3,
		Environment: "DEV",
		Class:       run.Background,
		Event:       trigger.Event{Message: "hi", UserVariables: map[string]any{"a": int64(1)}},
		Cause:       "api",
		Depth:       2,
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestBellRingsForWhatWasAdmittedAndOnlyThen(t *testing.T) {
	t.Parallel()
	other := uuid.New()
	for name, c := range map[string]struct {
		answer run.Accepted
		err    error
		rings  int
		knocks int
	}{
		"admitted":         {answer: run.Accepted{Fresh: true, Admitted: true}, rings: 1},
		"waits for a slot": {answer: run.Accepted{Fresh: true}, knocks: 1},
		"repeated":         {answer: run.Accepted{Run: other, Admitted: true}},
		"refused":          {err: fault.New(fault.QueueFull, "full")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, b := &runs{answer: c.answer, err: c.err}, &bells{}
			got, err := launch.Launcher{Bells: b, SyncLimit: syncLimit, RunLimit: runLimit}.Launch(t.Context(), r, start(nil))
			if !errors.Is(err, c.err) || len(b.rung) != c.rings || b.knocks != c.knocks {
				t.Fatalf("error %v, %d rings, %d knocks", err, len(b.rung), b.knocks)
			}
			if c.rings > 0 && (b.rung[0] != run.Lease{Run: got.Run} || b.class != run.Background) {
				t.Errorf("rang %v for class %s", b.rung[0], b.class)
			}
		})
	}
}

func TestRefusalsMakeNoRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*launch.Start)
		code    fault.Code
		message string
	}{
		"paused":              {func(s *launch.Start) { s.Trigger.Status = trigger.Paused }, fault.TriggerPaused, "Trigger is paused"},
		"kill switch":         {func(s *launch.Start) { s.Workspace.TriggersPaused = true }, fault.TriggerPaused, "Trigger is paused"},
		"overridden switch":   {func(s *launch.Start) { s.Workspace.TriggersPaused, s.EvenPaused = true, true }, fault.TriggerPaused, "Trigger is paused"},
		"overridden archive":  {func(s *launch.Start) { s.Trigger.Status, s.EvenPaused = trigger.Archived, true }, fault.NotFound, "Trigger not found"},
		"archived":            {func(s *launch.Start) { s.Trigger.Status = trigger.Archived }, fault.NotFound, "Trigger not found"},
		"no build":            {func(s *launch.Start) { s.Build, s.Environment = 0, "PROD" }, fault.NoBuild, "No build is assigned to environment PROD"},
		"another environment": {func(s *launch.Start) { s.Trigger.Environments = []string{"UAT"} }, fault.NoBuild, "No build is assigned to environment DEV"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, b := &runs{}, &bells{}
			_, err := launch.Launcher{Bells: b, SyncLimit: syncLimit, RunLimit: runLimit}.Launch(t.Context(), r, start(c.change))
			if !errors.Is(err, c.code) || err.Error() != c.message {
				t.Errorf("got %v", err)
			}
			if len(r.accepted)+len(b.rung)+b.knocks > 0 {
				t.Error("a refused start reached the store or the queue")
			}
		})
	}
}

func TestPausedTriggerStartsWhenAPersonInsists(t *testing.T) {
	t.Parallel()
	r := &runs{}
	_, err := launch.Launcher{Bells: &bells{}, RunLimit: runLimit}.Launch(t.Context(), r, start(func(s *launch.Start) {
		s.Trigger.Status, s.EvenPaused = trigger.Paused, true
	}))
	if err != nil || len(r.accepted) != 1 {
		t.Errorf("%d runs, %v", len(r.accepted), err)
	}
}

func TestLimitsFollowClassAndTrigger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class                    run.Class
		timeout                  string
		limit, deadline, startBy time.Duration
	}{
		"background":                  {run.Background, "", runLimit, 0, 0},
		"background with own timeout": {run.Background, "10m", 10 * time.Minute, 0, 0},
		"own timeout is never longer": {run.Background, "9h", runLimit, 0, 0},
		"synchronous":                 {run.Sync, "10m", syncLimit, syncLimit, 30 * time.Second},
		"synchronous and short":       {run.Sync, "20s", 20 * time.Second, 20 * time.Second, 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &runs{}
			_, err := launch.Launcher{Bells: &bells{}, SyncLimit: syncLimit, RunLimit: runLimit}.Launch(t.Context(), r, start(func(s *launch.Start) {
				s.Class, s.Trigger.Policies.Timeout = c.class, c.timeout
			}))
			if err != nil {
				t.Fatal(err)
			}
			got := r.accepted[0]
			if got.Limit != c.limit || got.Deadline != c.deadline || got.StartBy != c.startBy {
				t.Errorf("limit %v, deadline %v, start by %v", got.Limit, got.Deadline, got.StartBy)
			}
		})
	}
}

func TestRunSaysWhatWasAsked(t *testing.T) {
	t.Parallel()
	r, s := &runs{}, start(nil)
	if _, err := (launch.Launcher{Bells: &bells{}, RunLimit: runLimit}).Launch(t.Context(), r, s); err != nil {
		t.Fatal(err)
	}
	got := r.accepted[0].Run
	want := run.Run{
		ID: got.ID, ThreadID: got.ID, Workspace: s.Workspace.ID, TriggerID: s.Trigger.ID, Trigger: "t",
		GraphID: s.Trigger.GraphID, Graph: "g", Build: 3, Environment: "DEV", Class: run.Background,
		Status: run.StatusPending, Cause: run.Cause{Kind: "api", Depth: 2},
		Message: "hi", UserVariables: map[string]any{"a": int64(1)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got.ID.Version() != 7 {
		t.Errorf("id %s", got.ID)
	}
	if r.accepted[0].IdempotencyScope != "" || r.accepted[0].Hash != nil {
		t.Error("a start without a key has a scope or a hash")
	}
}

func TestHashTellsRequestsApart(t *testing.T) {
	t.Parallel()
	base := start(func(s *launch.Start) { s.Key = "k" })
	hash := func(change func(*launch.Start)) string {
		s, r := base, &runs{}
		if change != nil {
			change(&s)
		}
		if _, err := (launch.Launcher{Bells: &bells{}, SyncLimit: syncLimit, RunLimit: runLimit}).Launch(t.Context(), r, s); err != nil {
			t.Fatal(err)
		}
		return r.accepted[0].IdempotencyScope + string(r.accepted[0].Hash)
	}
	for name, change := range map[string]func(*launch.Start){
		"trigger":      func(s *launch.Start) { s.Trigger.ID = uuid.New() },
		"environment":  func(s *launch.Start) { s.Environment = "UAT" },
		"message":      func(s *launch.Start) { s.Event.Message = "ho" },
		"variables":    func(s *launch.Start) { s.Event.UserVariables = map[string]any{"a": "1"} },
		"list of tags": func(s *launch.Start) { s.Tags = []string{"blue"} },
		"purpose":      func(s *launch.Start) { s.Replay = &launch.Replay{Of: uuid.New(), Build: "same"} },
	} {
		if hash(change) == hash(nil) {
			t.Errorf("another %s has the same hash", name)
		}
	}
	for name, change := range map[string]func(*launch.Start){
		"class": func(s *launch.Start) { s.Class = run.Sync },
		"build": func(s *launch.Start) { s.Build = 4 },
		"depth": func(s *launch.Start) { s.Depth = 0 },
	} {
		if hash(change) != hash(nil) {
			t.Errorf("another %s has another hash", name)
		}
	}
}

func TestDepthOfAChain(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int{"": 0, "0": 0, "5": 5} {
		if got, err := launch.Depth(header); got != want || err != nil {
			t.Errorf("%q: got %d, %v", header, got, err)
		}
	}
	for _, header := range []string{"6", "-1", "x", "99999999999999999999", "1.5"} {
		if _, err := launch.Depth(header); !errors.Is(err, fault.CodeInvalid) {
			t.Errorf("%q: got %v", header, err)
		}
	}
}
