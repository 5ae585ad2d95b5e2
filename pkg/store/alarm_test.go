package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

func alarms(t *testing.T, w world, f store.AlarmFilter) []trigger.Alarm {
	t.Helper()
	all, _, err := w.Alarms(t.Context(), f, store.Page{})
	must(t, err)
	return all
}

// expecting is a trigger of which a success is expected every minute.
func expecting(name string, environments ...string) trigger.Trigger {
	return trigger.Trigger{
		Name: name, Kind: "api", Graph: "digest", Environments: environments,
		Policies: trigger.Policies{Expect: trigger.Expect{SuccessEvery: "1m"}},
	}
}

// silent lets the time of every expectation be over.
func silent(t *testing.T, s *store.Store) {
	t.Helper()
	must(t, s.Exec(`update expectations set due_at = '2026-01-01T00:00:00.000000Z'`))
}

func (w world) succeed(t *testing.T, s *store.Store, g trigger.Trigger) {
	t.Helper()
	start := w.start()
	start.Run.TriggerID, start.Run.Trigger = g.ID, g.Name
	must(t, failure(w.Accept(t.Context(), start)))
	must(t, s.Fleet().Finish(t.Context(), claimed(t, s, start.Run.ID), run.Outcome{Status: run.StatusCompleted}, nil))
}

func TestSilenceIsAnAlarmUntilASuccess(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g, _, err := w.PutTrigger(ctx, expecting("pulse"), nil)
		must(t, err)
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Fatalf("nobody had the time to meet it, and yet %+v", all)
		}
		silent(t, s)
		for range 2 {
			all := alarms(t, w, store.AlarmFilter{})
			if len(all) != 1 || all[0].Kind != trigger.SuccessOverdue || all[0].Name != "pulse" || all[0].Since.Year() != 2026 || all[0].Since.Month() != time.January ||
				all[0].Reason != "a success is expected every 1m0s, and there was none yet" {
				t.Fatalf("the alarms are %+v", all)
			}
		}
		counts, err := s.CountAlarms(ctx)
		must(t, err)
		if counts[trigger.SuccessOverdue] != 1 || len(counts) != len(trigger.AlarmKinds) {
			t.Errorf("counted %v", counts)
		}
		w.succeed(t, s, g)
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("after a success the alarms are %+v", all)
		}
		silent(t, s)
		must(t, s.Exec(`update runs set created_at = created_at`)) // a success that is recent enough counts, whoever looks
		if counts, err = s.CountAlarms(ctx); err != nil || counts[trigger.SuccessOverdue] != 0 {
			t.Errorf("counted %v, %v", counts, err)
		}
	})
}

func TestSuccessElsewhereIsNoSuccessHere(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		g, _, err := w.PutTrigger(t.Context(), expecting("pulse", "DEV", "PROD"), nil)
		must(t, err)
		silent(t, s)
		w.succeed(t, s, g) // in DEV
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 1 || all[0].Environment != "PROD" {
			t.Errorf("the alarms are %+v", all)
		}
		if all := alarms(t, w, store.AlarmFilter{Environments: []string{"DEV"}}); len(all) != 0 {
			t.Errorf("in DEV the alarms are %+v", all)
		}
	})
}

func TestExpectationFollowsItsTrigger(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g, _, err := w.CreateTrigger(ctx, expecting("pulse"), store.Once{})
		must(t, err)
		overdue := func() int { t.Helper(); silent(t, s); return len(alarms(t, w, store.AlarmFilter{})) }
		if overdue() != 1 {
			t.Error("what is expected of a new trigger is not kept")
		}
		must(t, failure(w.ChangeTrigger(ctx, g.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Title = "other words"
			return g, nil
		})))
		if len(alarms(t, w, store.AlarmFilter{})) != 1 {
			t.Error("an edit of something else ends the alarm")
		}
		must(t, failure(w.PauseTriggers(ctx, store.TriggerFilter{}, "", func(trigger.Trigger) bool { return true })))
		if overdue() != 0 {
			t.Error("of a paused trigger something is expected")
		}
		must(t, failure(w.SetTriggerStatus(ctx, g.Name, trigger.Active, "")))
		if len(alarms(t, w, store.AlarmFilter{})) != 0 {
			t.Error("a resumed trigger is late at once")
		}
		if overdue() != 1 {
			t.Error("of a resumed trigger nothing is expected")
		}
		must(t, w.DeleteTrigger(ctx, g.Name))
		if overdue() != 0 {
			t.Error("of a deleted trigger something is expected")
		}
	})
}

func TestTriggerThatPausedItselfIsAnAlarmUntilSomebodyResumesIt(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		scheduled(t, s, w, minutely("often"), 1)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w, pause: "too many failures"})))
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 1 || all[0].Kind != trigger.AutoPaused || all[0].Reason != "too many failures" || time.Since(all[0].Since) > time.Minute {
			t.Fatalf("the alarms are %+v", all)
		}
		must(t, failure(w.ChangeTrigger(ctx, "often", nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Config = json.RawMessage(`{"cron": "*/5 * * * *"}`)
			return g, nil
		})))
		if all := alarms(t, w, store.AlarmFilter{Kind: trigger.AutoPaused, Trigger: "often"}); len(all) != 1 {
			t.Errorf("changed and still paused, the alarms are %+v", all)
		}
		must(t, failure(w.SetTriggerStatus(ctx, "often", trigger.Active, "")))
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("resumed, the alarms are %+v", all)
		}
	})
}

func TestHaltedTriggerIsAnAlarmWhateverItsKind(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		must(t, failure2(w.PutTrigger(ctx, trigger.Trigger{Name: "door", Kind: "api", Graph: "digest"}, nil)))
		for range 2 {
			g, err := w.HaltTrigger(ctx, "door", "too many starts")
			must(t, err)
			if g.Status != trigger.Paused || g.PausedReason != "too many starts" {
				t.Errorf("the trigger is %+v", g)
			}
		}
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 1 || all[0].Kind != trigger.AutoPaused || all[0].Name != "door" || all[0].Reason != "too many starts" {
			t.Errorf("the alarms are %+v", all)
		}
		must(t, failure(w.SetTriggerStatus(ctx, "door", trigger.Archived, "")))
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("archived, the alarms are %+v", all)
		}
		must(t, failure(w.RestoreTrigger(ctx, "door")))
		must(t, failure(w.ResumeTriggers(ctx, store.TriggerFilter{}, "", func(trigger.Trigger) bool { return true })))
		must(t, failure(w.SetTriggerStatus(ctx, "door", trigger.Paused, "by hand")))
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("paused by hand, the alarms are %+v", all)
		}
	})
}

func TestScheduleThatNobodyActsUponIsAnAlarm(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		for _, name := range []string{"a", "b", "c"} {
			scheduled(t, s, w, minutely(name), 5)
		}
		var seen []string
		for p := (store.Page{Limit: 2}); ; {
			all, next, err := w.Alarms(ctx, store.AlarmFilter{}, p)
			must(t, err)
			for _, a := range all {
				if a.Kind != trigger.ScheduleLate {
					t.Errorf("the alarm is %+v", a)
				}
				seen = append(seen, a.Name)
			}
			if p.Cursor = next; next == "" {
				break
			}
		}
		if len(seen) != 3 {
			t.Errorf("late are %v", seen)
		}
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("acted upon, the alarms are %+v", all)
		}
	})
}

func TestAlarmsAreOneWorkspacesOwn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		mine, theirs := newWorld(t, s), newWorld(t, s)
		must(t, failure2(theirs.PutTrigger(t.Context(), expecting("pulse"), nil)))
		broken := scheduled(t, s, theirs, minutely("often"), 5)
		must(t, s.Exec(`update schedules set broken_at = next_at, broken = 'x' where trigger_id = '`+broken.ID.String()+`'`))
		must(t, s.Exec(`insert into unaccounted (trigger_id, nominal_at, environment, workspace_id, extra, found_at)
 select trigger_id, next_at, 'DEV', workspace_id, false, next_at from schedules where broken = 'x'`))
		silent(t, s)
		if all := alarms(t, mine, store.AlarmFilter{}); len(all) != 0 {
			t.Errorf("alarms of another workspace are seen: %+v", all)
		}
		if all := alarms(t, theirs, store.AlarmFilter{}); len(all) != 4 {
			t.Errorf("of one's own four alarms are seen %+v", all)
		}
		if all := alarms(t, mine, store.AlarmFilter{Trigger: broken.ID.String()}); len(all) != 0 {
			t.Errorf("alarms of another workspace's trigger are seen: %+v", all)
		}
	})
}

// rot is what somebody's own SQL may leave in the row of a schedule, or in that
// of its trigger.
func TestRottenScheduleHarmsNoOther(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		late, early := "'infinity'", "'-infinity'"
		if strings.HasSuffix(t.Name(), "sqlite") {
			late, early = "'rubbish'", "''"
		}
		rot := map[string]string{
			"nominal-late": `update schedules set nominal_at = ` + late, "nominal-early": `update schedules set nominal_at = ` + early,
			"since": `update schedules set since = ` + early, "gap": `update schedules set gap_from = ` + late,
			"config": `update triggers set config = '{"cron": 7}'`, "empty": `update triggers set config = '{}'`, "text": `update triggers set config = '"rubbish"'`,
		}
		if strings.HasSuffix(t.Name(), "sqlite") {
			rot["no-json"] = `update triggers set config = 'rubbish'`
		}
		heals := map[string]string{
			"next-late": `update schedules set next_at = ` + late, "next-early": `update schedules set next_at = ` + early, "next-none": `update schedules set next_at = null`,
		}
		ids := map[string]uuid.UUID{}
		spoil := func(name, text string, g trigger.Trigger) {
			g, _, err := w.PutTrigger(ctx, g, nil)
			must(t, err)
			ids[name] = g.ID
			where := " where id = '"
			if strings.Contains(text, "schedules") {
				where = " where trigger_id = '"
			}
			must(t, s.Exec(text+where+g.ID.String()+"'"))
		}
		monthly := func(name string) trigger.Trigger {
			g := minutely(name)
			g.Config = json.RawMessage(`{"preset": "monthly"}`)
			return g
		}
		for name, text := range rot {
			spoil(name, text, monthly(name))
		}
		for name, text := range heals {
			spoil(name, text, monthly(name))
		}
		sound := scheduled(t, s, w, minutely("sound"), 1)

		must(t, failure(s.Fleet().Gather(ctx, 100)))
		must(t, s.Exec(`update schedules set next_at = since where trigger_id = '`+ids["since"].String()+`' or trigger_id = '`+ids["gap"].String()+`'`)) // their time has come
		var fired store.Fired
		for range 3 {
			some, err := s.Fleet().Fire(ctx, 100, careful{wheel{w: w}})
			must(t, err)
			fired.Accepted = append(fired.Accepted, some.Accepted...)
		}
		if len(fired.Accepted) != 1 {
			t.Errorf("%d runs start, want that of %s", len(fired.Accepted), sound.ID)
		}
		if all, _, err := w.Triggers(ctx, store.Page{}, store.TriggerFilter{}); err != nil || len(all) != len(rot)+len(heals)+2 {
			t.Errorf("%d triggers are listed, %v", len(all), err)
		}
		broken := map[string]bool{}
		for _, a := range alarms(t, w, store.AlarmFilter{}) {
			if a.Kind != trigger.ScheduleBroken || time.Since(a.Since) > time.Minute || a.Reason == "" {
				t.Errorf("the alarm is %+v", a)
			}
			broken[a.Name] = true
		}
		for name := range rot {
			if !broken[name] {
				t.Errorf("%s is not shown broken", name)
			}
			delete(broken, name)
		}
		if len(broken) > 0 {
			t.Errorf("%v are shown broken", broken)
		}
		var all []uuid.UUID
		for _, id := range ids {
			all = append(all, id)
		}
		positions, err := w.Positions(ctx, all)
		must(t, err)
		for name := range heals {
			if p := positions[ids[name]]; p.Look == nil || p.Look.Before(time.Now()) || p.Nominal == nil || !p.Look.Equal(*p.Nominal) {
				t.Errorf("%s stands at %+v", name, p)
			}
		}
	})
}

// careful breaks what cannot be acted upon, as the scheduler does.
type careful struct{ wheel }

func (c careful) Rule(s store.Scheduled) store.Ruling {
	if s.Position.Broken != "" || s.Position.Nominal == nil {
		return store.Ruling{Position: store.Position{Since: s.Position.Since, Broken: s.Position.Broken, BrokenSince: &s.Now}}
	}
	r := c.wheel.Rule(s)
	if r.Position.Broken != "" {
		r.Position.BrokenSince = &s.Now
	}
	return r
}

func failure2[A, B any](_ A, _ B, err error) error { return err }
