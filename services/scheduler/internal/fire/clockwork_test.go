package fire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

func works() clockwork {
	return clockwork{launch.Launcher{RunLimit: time.Hour}, providers.Schedule{}}
}

// due is a schedule of every minute whose moment at noon has come.
func due(change func(*store.Scheduled)) store.Scheduled {
	nominal := noon
	s := store.Scheduled{
		Trigger: trigger.Trigger{
			ID: uuid.New(), Name: "often", Kind: "schedule", GraphID: uuid.New(), Graph: "g", Environments: []string{"DEV"}, Status: trigger.Active,
			Config: json.RawMessage(`{"cron": "* * * * *", "message": "{{ schedule.scheduled_for }} after {{ schedule.previous_fire }}: {{ schedule.last_error }}"}`), CreatedAt: noon.Add(-time.Hour),
		},
		Workspace: tenant.Workspace{ID: uuid.New(), DefaultEnvironment: "UAT"},
		Builds:    map[string]int{"DEV": 3, "UAT": 2},
		Now:       noon.Add(time.Second),
		Position:  store.Position{Nominal: &nominal, Since: noon.Add(-time.Hour)},
	}
	if change != nil {
		change(&s)
	}
	return s
}

// ended is a run of the minutes before, the newest first.
func recent(all ...run.Status) func(*store.Scheduled) {
	return func(s *store.Scheduled) {
		for i, status := range all {
			at := noon.Add(-time.Duration(i+1) * time.Minute)
			r := store.Recent{ID: uuid.UUID{byte(i + 1)}, Environment: "DEV", Status: status, CreatedAt: at, Cause: run.Cause{Kind: "schedule", ScheduledFor: &at}}
			if status == run.StatusFailed {
				r.Error = "boom"
			}
			if s.Recent = append(s.Recent, r); status == run.StatusFailed || status == run.StatusCompleted {
				s.Ended = append(s.Ended, r)
			}
		}
	}
}

func with(all ...func(*store.Scheduled)) func(*store.Scheduled) {
	return func(s *store.Scheduled) {
		for _, change := range all {
			change(s)
		}
	}
}

func policies(p trigger.Policies) func(*store.Scheduled) {
	return func(s *store.Scheduled) { s.Trigger.Policies = p }
}

func waits(s *store.Scheduled) {
	at := noon.Add(-time.Minute)
	s.Waiting = []trigger.Fire{{Trigger: s.Trigger.ID, Environment: "DEV", At: at, Until: at, Count: 1, Disposition: trigger.Waits}}
}

// brief is a ruling in one line.
func brief(r store.Ruling) string {
	var all []string
	for _, f := range r.Fires {
		word := string(f.Disposition) + " " + f.Environment
		if f.Waited {
			word += " after waiting"
		}
		if (f.Start != nil) != (f.Disposition == trigger.Started) || f.Start != nil && f.Start.Run.ID != f.Run {
			word += " and contradicts itself"
		}
		all = append(all, word)
	}
	if len(r.Cancel) > 0 {
		all = append(all, fmt.Sprintf("cancel %d", len(r.Cancel)))
	}
	if r.Pause != "" {
		all = append(all, "pause")
	}
	if r.Position.Broken != "" {
		all = append(all, "broken")
	}
	return strings.Join(all, ", ")
}

func TestRulingFollowsThePolicies(t *testing.T) {
	t.Parallel()
	const running, completed, failed, cancelled = run.StatusRunning, run.StatusCompleted, run.StatusFailed, run.StatusCancelled
	for name, c := range map[string]struct {
		change func(*store.Scheduled)
		want   string
		soon   bool // looks again within a second
	}{
		"Start":            {nil, "started DEV", false},
		"EveryEnvironment": {func(s *store.Scheduled) { s.Trigger.Environments = []string{"DEV", "UAT"} }, "started DEV, started UAT", false},
		"UsualEnvironment": {func(s *store.Scheduled) { s.Trigger.Environments = nil }, "started UAT", false},
		"NoBuild":          {func(s *store.Scheduled) { s.Trigger.Environments = []string{"DEV", "PROD"} }, "started DEV, skipped_no_build PROD", false},
		"WorkspacePaused":  {func(s *store.Scheduled) { s.Workspace.TriggersPaused = true }, "skipped_paused DEV", false},
		"BadTemplate": {func(s *store.Scheduled) {
			s.Trigger.Config = json.RawMessage(`{"cron": "* * * * *", "message": "{{ schedule.missed / 0 }}"}`)
		}, "skipped_error DEV", false},
		"BadConfig":    {func(s *store.Scheduled) { s.Trigger.Config = json.RawMessage(`{"cron": "61 * * * *"}`) }, "broken", false},
		"NoConfig":     {func(s *store.Scheduled) { s.Trigger.Config = json.RawMessage(`7`) }, "broken", false},
		"BadPosition":  {func(s *store.Scheduled) { s.Position.Nominal, s.Position.Broken = nil, "it cannot be read" }, "broken", false},
		"LongBefore":   {func(s *store.Scheduled) { s.Position.Since = noon.Add(time.Minute) }, "broken", false},
		"PausedByHand": {func(s *store.Scheduled) { s.Trigger.Status = trigger.Paused }, "", false},

		"Allow":            {recent(running), "started DEV", false},
		"Skip":             {with(policies(trigger.Policies{Overlap: "skip"}), recent(completed, running)), "skipped_overlap DEV", false},
		"SkipNothing":      {with(policies(trigger.Policies{Overlap: "skip"}), recent(completed, failed, cancelled)), "started DEV", false},
		"Queue":            {with(policies(trigger.Policies{Overlap: "queue_one"}), recent(running)), "queued DEV", true},
		"QueueTwo":         {with(policies(trigger.Policies{Overlap: "queue_one"}), recent(running), waits), "skipped_overlap DEV", true},
		"QueueEnds":        {with(policies(trigger.Policies{Overlap: "queue_one"}), recent(completed), waits), "started DEV after waiting, queued DEV", true},
		"QueueGivenUp":     {with(recent(running), waits), "started DEV after waiting, started DEV", false},
		"CancelRunning":    {with(policies(trigger.Policies{Overlap: "cancel_running"}), recent(running, completed, running)), "started DEV, cancel 2", false},
		"CancelElsewhere":  {with(policies(trigger.Policies{Overlap: "cancel_running"}), recent(running), func(s *store.Scheduled) { s.Recent[0].Environment = "UAT" }), "started DEV", false},
		"CancelForNothing": {with(policies(trigger.Policies{Overlap: "cancel_running"}), recent(running), func(s *store.Scheduled) { s.Builds = nil }), "skipped_no_build DEV", false},

		"AutoPause":       {with(policies(trigger.Policies{AutoPause: 2}), recent(cancelled, failed, running, failed)), "pause", false},
		"AutoPauseNotYet": {with(policies(trigger.Policies{AutoPause: 3}), recent(failed, failed)), "started DEV", false},
		"AutoPauseEnded":  {with(policies(trigger.Policies{AutoPause: 2}), recent(failed, completed, failed)), "started DEV", false},
		"AutoPauseBefore": {with(policies(trigger.Policies{AutoPause: 2}), recent(failed, failed), func(s *store.Scheduled) { s.Position.Since = noon }), "started DEV", false},
		"AutoPauseWaits":  {with(policies(trigger.Policies{AutoPause: 2, Overlap: "queue_one"}), recent(failed, failed), waits), "skipped_paused DEV after waiting, pause", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := due(c.change)
			r := works().Rule(s)
			if got := brief(r); got != c.want {
				t.Errorf("ruled %q, want %q", got, c.want)
			}
			if soon := r.Position.Look != nil && r.Position.Look.Sub(s.Now) <= time.Second; soon != c.soon {
				t.Errorf("looks again at %v", r.Position.Look)
			}
		})
	}
}

// What is broken says since when, once.
func TestBrokenSchedulesSaySince(t *testing.T) {
	t.Parallel()
	s := due(func(s *store.Scheduled) { s.Trigger.Config = json.RawMessage(`7`) })
	first := works().Rule(s).Position
	if first.BrokenSince == nil || !first.BrokenSince.Equal(s.Now) || first.Look != nil {
		t.Fatalf("broken, it stands at %+v", first)
	}
	s.Position, s.Now = first, s.Now.Add(time.Hour)
	if again := works().Rule(s).Position; !again.BrokenSince.Equal(*first.BrokenSince) {
		t.Errorf("still broken, it is so since %s", again.BrokenSince)
	}
	s = due(with(policies(trigger.Policies{AutoPause: 1}), recent(run.StatusFailed)))
	if p := works().Rule(s).Position; p.BrokenSince != nil || !p.PauseFrom.Equal(noon) {
		t.Errorf("paused by itself, it stands at %+v", p)
	}
	s = due(func(s *store.Scheduled) { s.Trigger.Status = trigger.Paused })
	if p := works().Rule(s).Position; p.BrokenSince != nil || p.Nominal != nil || !p.PauseFrom.Equal(noon) {
		t.Errorf("paused by hand, it stands at %+v", p)
	}
}

func TestRunKnowsItsMoment(t *testing.T) {
	t.Parallel()
	s := due(with(recent(run.StatusRunning, run.StatusFailed, run.StatusCompleted), func(s *store.Scheduled) { s.Now = noon.Add(1500 * time.Millisecond) }))
	got := works().Rule(s).Fires[0].Start.Run
	if got.Message != "2026-03-20T12:00:00Z after 2026-03-20T11:59:00Z: boom" {
		t.Errorf("the message is %q", got.Message)
	}
	if c := got.Cause; c.Kind != "schedule" || !c.ScheduledFor.Equal(noon) || c.LatenessMS != 1500 {
		t.Errorf("the cause is %+v", c)
	}
}

func TestOnlyWhatIsAskedForIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config   string
		policies trigger.Policies
		want     store.Wants
	}{
		"Nothing":   {`{"every": "1m", "message": "{{ schedule.missed }}"}`, trigger.Policies{Overlap: "allow"}, store.Wants{}},
		"Overlap":   {`{"every": "1m"}`, trigger.Policies{Overlap: "skip"}, store.Wants{Recent: true}},
		"AutoPause": {`{"every": "1m"}`, trigger.Policies{AutoPause: 7}, store.Wants{Ended: 7}},
		"Template":  {`{"every": "1m", "message": "{{ schedule.last_output }}"}`, trigger.Policies{}, store.Wants{Recent: true, Output: true}},
	} {
		if got := works().Wants(trigger.Trigger{Config: json.RawMessage(c.config), Policies: c.policies}); got != c.want {
			t.Errorf("%s: wants %+v", name, got)
		}
	}
}

func TestPauseIsAccountedForBeforeTheNextMoment(t *testing.T) {
	t.Parallel()
	s := due(func(s *store.Scheduled) {
		from, until, next := noon.Add(-5*time.Minute), noon.Add(30*time.Second), noon.Add(time.Minute)
		s.Position = store.Position{Nominal: &next, PauseFrom: &from, PauseUntil: &until}
		s.Now = until
	})
	r := works().Rule(s)
	if got := brief(r); strings.Count(got, "skipped_paused") != 6 || r.Position.PauseFrom != nil || !r.Position.Look.Equal(noon.Add(time.Minute)) {
		t.Errorf("ruled %s, and stands at %+v", got, r.Position)
	}
}
