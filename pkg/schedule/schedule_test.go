package schedule_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/schedule"
)

var now = moment("2026-03-20T12:00:00Z")

func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}

func read(t *testing.T, text string) *schedule.Table {
	t.Helper()
	var s schedule.Spec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	table, details := schedule.Compile(s, now)
	if len(details) > 0 {
		t.Fatalf("%s: %v", text, details)
	}
	return table
}

func TestScheduleFiresWhenItsPartsDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec string
		want []string // as many as are asked for, and one more if there is one
	}{
		"Expression":    {`{"cron": "0 9 * * *", "timezone": "Europe/Berlin"}`, []string{"2026-03-21T08:00:00Z", "2026-03-22T08:00:00Z"}},
		"TwoOfThem":     {`{"cron": ["0 9 * * *", "0 18 * * 1"]}`, []string{"2026-03-21T09:00:00Z", "2026-03-22T09:00:00Z", "2026-03-23T09:00:00Z", "2026-03-23T18:00:00Z"}},
		"SameMoment":    {`{"cron": ["0 9 * * *", "0 9 * * 6"]}`, []string{"2026-03-21T09:00:00Z", "2026-03-22T09:00:00Z"}},
		"Preset":        {`{"preset": "weekly"}`, []string{"2026-03-22T00:00:00Z", "2026-03-29T00:00:00Z"}},
		"Interval":      {`{"every": "90m"}`, []string{"2026-03-20T13:30:00Z", "2026-03-20T15:00:00Z"}},
		"Phase":         {`{"every": "1h", "phase": "10m"}`, []string{"2026-03-20T12:10:00Z", "2026-03-20T13:10:00Z"}},
		"RealTime":      {`{"every": "12h", "timezone": "Europe/Berlin", "start_time": "2026-03-28T20:00:00Z"}`, []string{"2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"}},
		"Once":          {`{"run_at": "2026-03-21T10:00:00+01:00"}`, []string{"2026-03-21T09:00:00Z"}},
		"StartIncluded": {`{"cron": "0 9 * * *", "start_time": "2026-04-01T09:00:00Z"}`, []string{"2026-04-01T09:00:00Z", "2026-04-02T09:00:00Z"}},
		"EndExcluded":   {`{"cron": "0 9 * * *", "end_time": "2026-03-22T09:00:00Z"}`, []string{"2026-03-21T09:00:00Z"}},
		"Dates":         {`{"cron": "0 23 * * *", "timezone": "America/New_York", "exclude": {"dates": ["2026-03-20", "2026-03-22"]}}`, []string{"2026-03-22T03:00:00Z", "2026-03-24T03:00:00Z"}},
		"Exceptions":    {`{"cron": "0 * * * *", "exclude": {"cron": "0 13-22 * * *"}}`, []string{"2026-03-20T23:00:00Z", "2026-03-21T00:00:00Z"}},
		"GapSkipped":    {`{"cron": "30 2 * * *", "timezone": "Europe/Berlin", "gap": "skip", "start_time": "2026-03-28T20:00:00Z"}`, []string{"2026-03-30T00:30:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := read(t, c.spec)
			var got []string
			for _, at := range table.Upcoming(now, len(c.want)) {
				got = append(got, at.Format(time.RFC3339))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("fires at %v, want %v", got, c.want)
			}
		})
	}
}

func TestSchedulesThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ spec, path, code string }{
		"Nothing":       {`{}`, "cron", "invalid"},
		"BadCron":       {`{"cron": "61 * * * *"}`, "cron", "invalid_cron"},
		"SecondOfTwo":   {`{"cron": ["0 9 * * *", "x"]}`, "cron[1]", "invalid_cron"},
		"NeverCron":     {`{"cron": "0 0 30 2 *"}`, "cron", "never_fires"},
		"UnknownZone":   {`{"cron": "0 9 * * *", "timezone": "Europe/Atlantis"}`, "timezone", "unknown_timezone"},
		"LocalZone":     {`{"cron": "0 9 * * *", "timezone": "Local"}`, "timezone", "unknown_timezone"},
		"PathZone":      {`{"cron": "0 9 * * *", "timezone": "../etc/passwd"}`, "timezone", "unknown_timezone"},
		"EndFirst":      {`{"cron": "0 9 * * *", "start_time": "2026-05-01T00:00:00Z", "end_time": "2026-04-01T00:00:00Z"}`, "end_time", "invalid"},
		"EndOver":       {`{"cron": "0 9 * * *", "end_time": "2026-03-01T00:00:00Z"}`, "end_time", "invalid"},
		"OverAtOnce":    {`{"cron": "0 9 * * *", "end_time": "2026-03-20T13:00:00Z"}`, "cron", "never_fires"},
		"PastMoment":    {`{"run_at": "2026-03-01T00:00:00Z"}`, "run_at", "never_fires"},
		"AllLeftOut":    {`{"cron": "0 9 * * *", "exclude": {"cron": "0 9 * * *"}}`, "cron", "never_fires"},
		"BadDate":       {`{"cron": "0 9 * * *", "exclude": {"dates": ["2026-02-30"]}}`, "exclude.dates[0]", "invalid"},
		"BadExclusion":  {`{"cron": "0 9 * * *", "exclude": {"cron": "x"}}`, "exclude.cron", "invalid_cron"},
		"BadInterval":   {`{"every": "soon"}`, "every", "invalid"},
		"TinyInterval":  {`{"every": "500ms"}`, "every", "invalid"},
		"LonelyPhase":   {`{"cron": "0 9 * * *", "phase": "5m"}`, "phase", "invalid"},
		"UnknownPreset": {`{"preset": "yearly"}`, "preset", "invalid"},
		"BadGap":        {`{"cron": "0 9 * * *", "gap": "run"}`, "gap", "invalid"},
		"BadRepeat":     {`{"cron": "0 9 * * *", "repeat": "twice"}`, "repeat", "invalid"},
		"BadWindow":     {`{"cron": "0 9 * * *", "window": "25h"}`, "window", "invalid"},
		"BadMaxFires":   {`{"cron": "0 9 * * *", "max_fires": -1}`, "max_fires", "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s schedule.Spec
			if err := json.Unmarshal([]byte(c.spec), &s); err != nil {
				t.Fatal(err)
			}
			table, details := schedule.Compile(s, now)
			if table != nil || len(details) != 1 || details[0].Path != c.path || details[0].Code != c.code {
				t.Errorf("got %+v", details)
			}
		})
	}
}

func TestExpressionsAreOneTextOrAList(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"cron":"0 9 * * *"}`, `{"cron":["0 9 * * *","@daily"]}`} {
		var s schedule.Spec
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(s); err != nil || string(again) != text {
			t.Errorf("%s is written as %s, %v", text, again, err)
		}
	}
	var s schedule.Spec
	if err := json.Unmarshal([]byte(`{"cron": 9}`), &s); err == nil {
		t.Error("a number is read as an expression")
	}
}

func TestStartsAreSpreadEvenlyAndAlwaysAlike(t *testing.T) {
	t.Parallel()
	table := read(t, `{"cron": "0 * * * *", "window": "30m"}`)
	nominal := moment("2026-03-20T13:00:00Z")
	var halves [2]int
	for range 1000 {
		id := uuid.New()
		d := table.Delay(id, nominal)
		if d < 0 || d >= 30*time.Minute || d != table.Delay(id, nominal) {
			t.Fatalf("a start is delayed by %s", d)
		}
		halves[d/(15*time.Minute)]++
	}
	if halves[0] < 400 || halves[1] < 400 {
		t.Errorf("%v starts in the halves of the window", halves)
	}
	if d := read(t, `{"every": "1m", "window": "30m"}`).Delay(uuid.New(), nominal); d >= time.Minute {
		t.Errorf("a start is delayed by %s beyond the next", d)
	}
	if d := read(t, `{"every": "1m"}`).Delay(uuid.New(), nominal); d != 0 {
		t.Errorf("a start without a window is delayed by %s", d)
	}
}

func TestPeopleAreToldWhatTheClocksDo(t *testing.T) {
	t.Parallel()
	berlin := read(t, `{"cron": "0 9 * * *", "timezone": "Europe/Berlin"}`)
	for at, want := range map[string]string{
		"2026-03-28T08:00:00Z": "", "2026-03-29T07:00:00Z": "clocks went forward 1 h", "2026-03-30T07:00:00Z": "",
		"2026-10-25T08:00:00Z": "clocks went back 1 h",
	} {
		if got := berlin.Note(moment(at)); got != want {
			t.Errorf("%s: noted %q, want %q", at, got, want)
		}
	}
	if got := read(t, `{"every": "1h", "timezone": "Australia/Lord_Howe"}`).Note(moment("2026-04-04T18:00:00Z")); got != "clocks went back 30 min" {
		t.Errorf("noted %q", got)
	}
	for spec, want := range map[string]int{
		`{"cron": "0 9 * * *", "timezone": "Europe/Berlin"}`:       0,
		`{"cron": "0 0-23 * * *", "timezone": "Europe/Berlin"}`:    1,
		`{"cron": "0 0-23 * * *"}`:                                 0,
		`{"cron": "*/30 2 * * *", "timezone": "Europe/Berlin"}`:    1,
		`{"cron": "*/30 * * * *", "timezone": "Europe/Berlin"}`:    0,
		`{"cron": "*/30 2 * * *", "timezone": "Africa/Monrovia"}`:  0,
		`{"cron": "0 0-23 * * *", "timezone": "Asia/Kolkata"}`:     0,
		`{"cron": "0 0-23 * * *", "timezone": "America/New_York"}`: 1,
	} {
		if got := read(t, spec).Warnings(now); len(got) != want {
			t.Errorf("%s: warned of %v", spec, got)
		}
	}
}

func TestSchedulesAreSaidInWords(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		`{"cron": "0 9 * * *", "timezone": "Europe/Berlin"}`: "Daily at 9:00 AM CET",
		`{"cron": ["@daily", "0 12 * * 1"]}`:                 "Daily at midnight; Every Monday at 12:00 PM",
		`{"every": "1h30m"}`:                                 "Every 1h30m",
		`{"every": "2h"}`:                                    "Every 2h",
		`{"every": "45s"}`:                                   "Every 45s",
		`{"run_at": "2026-05-01T09:00:00Z"}`:                 "Once on May 1 2026 at 9:00 AM UTC",
	} {
		if got := read(t, spec).Describe(now); got != want {
			t.Errorf("%s is %q, want %q", spec, got, want)
		}
	}
}

func TestShortestInterval(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]time.Duration{
		`{"cron": "0 9 * * *"}`:                               24 * time.Hour,
		`{"cron": ["0 9 * * *", "7 9 * * 1"]}`:                7 * time.Minute,
		`{"every": "45s"}`:                                    45 * time.Second,
		`{"run_at": "2026-05-01T09:00:00Z"}`:                  0,
		`{"cron": "30 2 * * *", "timezone": "Europe/Berlin"}`: 23*time.Hour + 30*time.Minute,
	} {
		if got := read(t, spec).Interval(now); got != want {
			t.Errorf("%s is at least %s apart, want %s", spec, got, want)
		}
	}
}

// Whatever somebody writes, a search ends soon.
func TestSearchesAreBounded(t *testing.T) {
	t.Parallel()
	busy := `"* 0-30 * * * *","* 31-58 * * * *","* 59 * * * *","3 * * * *","4 * * * *"`
	var s schedule.Spec
	if err := json.Unmarshal([]byte(`{"cron": "* * * * * *", "exclude": {"cron": [`+busy+`]}}`), &s); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, details := schedule.Compile(s, now); len(details) != 1 || details[0].Code != "never_fires" {
		t.Errorf("got %+v", details)
	}
	table := read(t, `{"cron": "* * * * * *", "exclude": {"cron": "* 0-58 * * * *"}}`)
	if all := table.Upcoming(now, 100); len(all) != 100 {
		t.Errorf("%d moments are found behind an hour that is left out", len(all))
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// The two ways to know moments agree, about changes of clocks too.
func TestBetweenAndNextAgree(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		`{"cron": ["*/7 * * * *", "30 10 9-17 * * *"], "timezone": "Asia/Kolkata", "exclude": {"cron": "14 * * * *"}}`,
		`{"every": "90s", "phase": "7s", "start_time": "2026-03-20T12:10:00Z"}`,
		`{"run_at": "2026-03-20T12:30:00Z", "cron": "0 * * * *", "end_time": "2026-03-20T13:00:00Z"}`,
		`{"cron": "*/5 * * * *", "exclude": {"dates": ["2026-03-20"]}}`,
		`{"cron": ["30 2 * * *", "*/10 2 * * *"], "timezone": "Europe/Berlin", "exclude": {"dates": ["2026-03-28"]}}`,
		`{"cron": "30 2 * * *", "timezone": "Europe/Berlin", "gap": "skip"}`,
	} {
		table := read(t, spec)
		end := now.Add(11 * 24 * time.Hour)
		var want []time.Time
		for at, ok := table.Next(now); ok && at.Before(end); at, ok = table.Next(at) {
			want = append(want, at)
		}
		if got := table.Between(now, end); len(got) == 0 || !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s: one says %d moments and the other %d", spec, len(got), len(want))
		}
	}
}
