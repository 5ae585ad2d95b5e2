package trigger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// owed is a schedule of one expression that owes everything from noon.
func owed(t interface{ Fatal(...any) }, config string, now time.Time) trigger.Owed {
	table, err := trigger.Trigger{Config: json.RawMessage(config), CreatedAt: noon.Add(-time.Hour)}.Table()
	if err != nil {
		t.Fatal(err)
	}
	from, _ := table.Next(noon.Add(-time.Second))
	return trigger.Owed{Trigger: uuid.UUID{1}, Table: table, From: from, Left: -1, Now: now}
}

// brief is a plan in one line: s for a start, m for a skipped moment, m×n for a
// range.
func brief(p trigger.Plan) string {
	var all []string
	for _, m := range p.Moments {
		word := map[trigger.Disposition]string{trigger.Started: "s", trigger.SkippedMisfire: "m", trigger.SkippedPaused: "p"}[m.Disposition]
		if m.Count > 1 {
			word = fmt.Sprintf("%s×%d", word, m.Count)
		}
		if m.Missed > 0 {
			word += fmt.Sprintf("(%d)", m.Missed)
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

func TestPlanFollowsThePolicies(t *testing.T) {
	t.Parallel()
	const minutely = `{"cron": "* * * * *"}`
	policies := func(mode trigger.Catchup, window string, most int) trigger.Policies {
		return trigger.Policies{Misfire: trigger.Misfire{Mode: mode, Window: window, Max: most}}
	}
	for name, c := range map[string]struct {
		config   string
		policies trigger.Policies
		after    time.Duration // noon
		want     string
		next     time.Duration // noon
	}{
		"NotYet":         {`{"run_at": "2026-03-20T12:00:10Z"}`, trigger.Policies{}, 9 * time.Second, "", 10 * time.Second},
		"OnTime":         {minutely, trigger.Policies{}, 2 * time.Second, "s", time.Minute},
		"LastOfFive":     {minutely, trigger.Policies{}, 4*time.Minute + 45*time.Second, "m m m m s(4)", 5 * time.Minute},
		"OnTimeInstead":  {minutely, trigger.Policies{}, 4*time.Minute + 5*time.Second, "m m m m s(4)", 5 * time.Minute},
		"LongRange":      {minutely, trigger.Policies{}, 90*time.Minute + 45*time.Second, "m×90 s(90)", 91 * time.Minute},
		"SkipAll":        {minutely, policies("skip", "", 0), 2*time.Minute + 45*time.Second, "m m m", 3 * time.Minute},
		"SkipButOnTime":  {minutely, policies("skip", "", 0), 2*time.Minute + 5*time.Second, "m m s(2)", 3 * time.Minute},
		"AllOfThem":      {minutely, policies("all", "", 0), 2*time.Minute + 45*time.Second, "s s s", 3 * time.Minute},
		"AllWithinTen":   {minutely, policies("all", "", 0), 11*time.Minute + 45*time.Second, "m m s(2) s s s s s s s s s", 12 * time.Minute},
		"AllWithinTwo":   {minutely, policies("all", "", 2), 4*time.Minute + 45*time.Second, "m m m s(3) s", 5 * time.Minute},
		"AllInTheWindow": {minutely, policies("all", "2m", 0), 4*time.Minute + 45*time.Second, "m m m s(3) s", 5 * time.Minute},
		"TooLate":        {`{"run_at": "2026-03-20T12:00:00Z"}`, trigger.Policies{}, 25 * time.Hour, "m", -1},
		"LateOnce":       {`{"run_at": "2026-03-20T12:00:00Z"}`, trigger.Policies{}, 23 * time.Hour, "s", -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := owed(t, c.config, noon.Add(c.after)).Plan(c.policies)
			if got := brief(p); got != c.want {
				t.Errorf("planned %s, want %s", got, c.want)
			}
			switch {
			case c.next < 0 && p.Next != nil:
				t.Errorf("next is %s, want none", p.Next)
			case c.next >= 0 && (p.Next == nil || !p.Next.Equal(noon.Add(c.next))):
				t.Errorf("next is %v, want %s", p.Next, noon.Add(c.next))
			}
		})
	}
}

func TestPauseHasARuleOfItsOwn(t *testing.T) {
	t.Parallel()
	for policy, want := range map[trigger.Catchup]string{"": "p p p", "skip": "p p p", "last": "p p s(2)", "all": "s s s"} {
		o := owed(t, `{"cron": "* * * * *"}`, noon.Add(3*time.Hour))
		p := o.PlanPause(trigger.Policies{OnResume: policy, Misfire: trigger.Misfire{Mode: "skip"}}, noon.Add(2*time.Minute+30*time.Second))
		if got := brief(p); got != want || p.Next == nil || !p.Next.Equal(noon.Add(3*time.Minute)) {
			t.Errorf("%q: planned %s and next %v", policy, got, p.Next)
		}
	}
}

func TestScheduleIsOverAfterItsLastFire(t *testing.T) {
	t.Parallel()
	o := owed(t, `{"cron": "* * * * *"}`, noon.Add(10*time.Minute))
	o.Left = 3
	p := o.Plan(trigger.Policies{Misfire: trigger.Misfire{Mode: "all"}})
	if got := brief(p); got != "s s s" || p.Next != nil {
		t.Errorf("planned %s and next %v", got, p.Next)
	}
}

func TestStartsAreSpreadOverTheirWindow(t *testing.T) {
	t.Parallel()
	o := owed(t, `{"cron": "0 * * * *", "window": "30m"}`, noon)
	delay := o.Table.Delay(o.Trigger, noon)
	if delay <= 0 {
		t.Fatal("this trigger is not delayed: choose another id")
	}
	if p := o.Plan(trigger.Policies{}); len(p.Moments) > 0 || !p.Due.Equal(noon.Add(delay)) {
		t.Errorf("planned %s, due %s", brief(p), p.Due)
	}
	o.Now = noon.Add(delay)
	if p := o.Plan(trigger.Policies{}); brief(p) != "s" || !p.Moments[0].At.Equal(noon) {
		t.Errorf("planned %s", brief(p))
	}
}

// Whatever the schedule, the policies and the outage: every moment is in exactly
// one plan, and no more start than the policies allow.
func TestPlansAccountForEveryMomentOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		config := rapid.SampledFrom([]string{
			`{"cron": "* * * * *"}`, `{"cron": "* * * * * *"}`, `{"cron": ["*/7 * * * *", "3 1-5 * * *"], "timezone": "Europe/Berlin"}`,
			`{"every": "45s"}`, `{"cron": "0 9 * * *", "timezone": "America/New_York"}`, `{"cron": "*/5 * * * *", "window": "4m"}`,
		}).Draw(t, "config")
		p := trigger.Policies{Misfire: trigger.Misfire{Mode: rapid.SampledFrom([]trigger.Catchup{"", "skip", "last", "all"}).Draw(t, "mode"), Max: 1}}
		if p.Misfire.Mode == "all" {
			p.Misfire.Max = rapid.IntRange(1, 20).Draw(t, "max")
		}
		o := owed(t, config, noon)
		end := noon.Add(time.Duration(rapid.IntRange(1, 5000).Draw(t, "seconds")) * time.Second)
		expected := o.From
		for o.Now.Before(end) {
			o.Now = o.Now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "away")) * time.Second)
			late := 0
			for more := true; more; {
				plan := o.Plan(p)
				for _, m := range plan.Moments {
					n := 0
					for ; !expected.After(m.Until); n++ {
						if n == 0 && !expected.Equal(m.At) {
							t.Fatalf("%s is planned instead of %s", m.At, expected)
						}
						expected, _ = o.Table.Next(expected)
					}
					if n != m.Count {
						t.Fatalf("%d moments from %s to %s are counted as %d", n, m.At, m.Until, m.Count)
					}
					if m.Disposition == trigger.Started && o.Now.Sub(m.At.Add(o.Table.Delay(o.Trigger, m.At))) >= time.Minute {
						late++
					}
				}
				more = !plan.Due.After(o.Now)
				o.From = *plan.Next
			}
			if !expected.Equal(o.From) {
				t.Fatalf("the next moment is %s, want %s", o.From, expected)
			}
			if allowed := map[trigger.Catchup]int{"": 1, "last": 1, "all": p.Misfire.Max}[p.Misfire.Mode]; late > allowed {
				t.Fatalf("%d late moments start", late)
			}
		}
	})
}

func TestPoliciesAreChecked(t *testing.T) {
	t.Parallel()
	for text, path := range map[string]string{
		`{"overlap": "skip", "misfire": {"mode": "all", "window": "2h", "max": 100}, "on_resume": "last", "auto_pause": 3, "timeout": "10m"}`: "",
		`{"overlap": "never"}`:                     "overlap",
		`{"misfire": {"mode": "some"}}`:            "misfire.mode",
		`{"misfire": {"window": "long"}}`:          "misfire.window",
		`{"misfire": {"max": 2}}`:                  "misfire.max",
		`{"misfire": {"mode": "all", "max": 101}}`: "misfire.max",
		`{"on_resume": "first"}`:                   "on_resume",
		`{"auto_pause": -1}`:                       "auto_pause",
		`{"timeout": "46m"}`:                       "timeout",
		`{"expect": {"success_every": "26h"}}`:     "",
		`{"expect": {"success_every": "59s"}}`:     "expect.success_every",
		`{"expect": {"success_every": "91s5ms"}}`:  "expect.success_every",
		`{"expect": {"success_every": "9000h"}}`:   "expect.success_every",
		`{"expect": {"success_every": "daily"}}`:   "expect.success_every",
	} {
		var p trigger.Policies
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		wrong := p.Check(providers.Schedule{}, 45*time.Minute)
		if path == "" && len(wrong) > 0 || path != "" && (len(wrong) != 1 || wrong[0].Path != path) {
			t.Errorf("%s: %+v, want one at %q", text, wrong, path)
		}
	}
	if wrong := (trigger.Policies{Overlap: "skip"}).Check(providers.API{}, time.Hour); len(wrong) != 1 {
		t.Errorf("an overlap of what is called is not refused: %v", wrong)
	}
	if wrong := (trigger.Policies{Timeout: "1m", Expect: trigger.Expect{SuccessEvery: "26h"}}).Check(providers.API{}, time.Hour); len(wrong) > 0 {
		t.Errorf("of what is called nothing can be expected: %v", wrong)
	}
}
