package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
	"github.com/onsethq/onset/pkg/trigger"
)

// account is the one of a trigger, when its turn comes.
func account(t *testing.T, s *store.Store, g trigger.Trigger) store.Account {
	t.Helper()
	all, err := s.Fleet().Accounts(t.Context(), 10)
	must(t, err)
	for _, a := range all {
		if a.Trigger.ID == g.ID {
			return a
		}
	}
	t.Fatalf("%s has no account", g.Name)
	return store.Account{}
}

func TestAccountsOfSchedulesAreRead(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 5)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		a := account(t, s, g)
		if len(a.Fires) != 5 || len(a.Places) != 1 || a.Before.After(time.Now().Add(time.Second)) || !a.Before.After(a.Fires[4].At) || !a.After.Before(a.Fires[0].At) {
			t.Errorf("read %+v", a)
		}
		must(t, failure(s.Fleet().Audited(ctx, []store.Audited{{Account: a, To: a.Before}})))
		if all, err := s.Fleet().Accounts(ctx, 10); err != nil || len(all) > 0 && all[0].After.Before(a.Before.Add(-time.Second)) {
			t.Errorf("what was counted is counted again: %+v, %v", all, err)
		}
		must(t, failure(w.SetTriggerStatus(ctx, "often", trigger.Paused, "")))
		all, err := s.Fleet().Accounts(ctx, 10)
		must(t, err)
		for _, a := range all {
			if a.Trigger.ID == g.ID {
				t.Error("what is paused is counted")
			}
		}
	})
}

func TestSchedulesAreCountedInTurn(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		turns := map[uuid.UUID]bool{}
		for _, name := range []string{"a", "b", "c"} {
			scheduled(t, s, w, minutely(name), 5)
		}
		for range 4 { // and nightly
			all, err := s.Fleet().Accounts(t.Context(), 1)
			must(t, err)
			for _, a := range all {
				turns[a.Trigger.ID] = true
			}
		}
		if len(turns) != 4 {
			t.Errorf("%d of four schedules had their turn", len(turns))
		}
	})
}

func TestUnaccountedMomentsAreAnAlarmUntilTheyAreAccountedFor(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 5)
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		a := account(t, s, g)
		lost := a.Fires[2]
		must(t, s.Exec("delete from fires where nominal_at = '"+lost.At.Format("2006-01-02T15:04:05.000000Z")+"'"))
		found := store.Audited{Account: a, To: a.Before, Missing: []trigger.Fire{lost}}
		for range 2 { // whoever else finds it, it is one
			n, err := s.Fleet().Audited(ctx, []store.Audited{found})
			must(t, err)
			if n != 1 {
				t.Errorf("%d moments are unaccounted for", n)
			}
		}
		if all := alarms(t, w, store.AlarmFilter{}); len(all) != 1 || all[0].Kind != trigger.MomentsUnaccounted || all[0].Name != "often" ||
			all[0].Environment != "DEV" || all[0].Reason != "1 moments have no record, the first of them "+lost.At.Format(time.RFC3339) {
			t.Errorf("the alarms are %+v", all)
		}
		must(t, s.TurnBack(ctx, g.ID, time.Since(lost.At).Truncate(time.Minute)+time.Minute))
		must(t, failure(s.Fleet().Fire(ctx, 10, wheel{w: w})))
		n, err := s.Fleet().Audited(ctx, nil)
		must(t, err)
		if all := alarms(t, w, store.AlarmFilter{}); n != 0 || len(all) != 0 {
			t.Errorf("accounted for, %d are still counted, and %+v", n, all)
		}
	})
}

// What is found while somebody edits the trigger is about a schedule that is no
// more.
func TestEditBeginsANewAccount(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, w := t.Context(), newWorld(t, s)
		g := scheduled(t, s, w, minutely("often"), 5)
		a := account(t, s, g)
		found := []store.Audited{{Account: a, To: a.Before, Missing: []trigger.Fire{{At: a.After, Environment: "DEV"}}}}
		must(t, failure(w.ChangeTrigger(ctx, g.Name, nil, func(g trigger.Trigger) (trigger.Trigger, error) {
			g.Environments = []string{"DEV", "UAT"}
			return g, nil
		})))
		n, err := s.Fleet().Audited(ctx, found)
		must(t, err)
		if n != 0 {
			t.Errorf("%d moments of before are unaccounted for", n)
		}
	})
}

func TestAuditSeesWhatSchedulersLeftUndone(t *testing.T) {
	t.Parallel()
	const long = `'2020-01-01T00:00:00.000000Z'`
	for name, spoil := range map[string]string{
		"schedule_stale": `update schedules set next_at = ` + long,
		"backfill_stale": `update backfills set look_at = ` + long,
		"moments_unaccounted": `insert into unaccounted (trigger_id, nominal_at, environment, workspace_id, extra, found_at)
 select trigger_id, ` + long + `, 'DEV', workspace_id, false, ` + long + ` from schedules`,
		"schedule_missing": `delete from schedules`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Both(t, func(t *testing.T, s *store.Store) {
				ctx, w := t.Context(), newWorld(t, s)
				g, _, err := w.PutTrigger(ctx, minutely("often"), nil)
				must(t, err)
				must(t, failure2(w.CreateBackfill(ctx, backfill(t, w, g, 5), store.Once{})))
				before, err := s.Fleet().Audit(ctx)
				must(t, err)
				must(t, s.Exec(spoil))
				after, err := s.Fleet().Audit(ctx)
				must(t, err)
				if before[name] != 0 || after[name] == 0 {
					t.Errorf("%d were found before, %d after", before[name], after[name])
				}
			})
		})
	}
}
