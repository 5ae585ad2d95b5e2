package cron_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

// The vectors were checked by hand: clock changes, leap days, ends of months.
func TestVectorsAreExact(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/cron_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Expr, TZ, Note string
		From           time.Time
		Next           []string
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, v := range vectors {
		at := v.From
		for _, want := range v.Next {
			at = next(t, v.Expr, v.TZ, cron.Policy{}, at)
			if got := at.Format("2006-01-02T15:04Z"); got != want {
				t.Errorf("%s in %s (%s): fires at %s, want %s", v.Expr, v.TZ, v.Note, got, want)
				break
			}
		}
	}
}

// What a contract measured on its own, beside the vectors.
func TestPublishedMomentsAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expr, zone, from string
		want             []string
	}{
		{"0 9 * * *", "America/New_York", "2024-01-15T20:00Z", []string{"2024-01-16T14:00Z"}},
		{"0 9 * * *", "America/New_York", "2024-03-09T12:00Z", []string{"2024-03-09T14:00Z", "2024-03-10T13:00Z", "2024-03-11T13:00Z"}},
		{"0 9 * * *", "America/New_York", "2024-11-02T20:00Z", []string{"2024-11-03T14:00Z", "2024-11-04T14:00Z"}},
		{"30 2 * * *", "America/New_York", "2024-03-09T12:00Z", []string{"2024-03-10T07:00Z", "2024-03-11T06:30Z"}},
		{"0,30 2 * * *", "America/New_York", "2024-03-09T12:00Z", []string{"2024-03-10T07:00Z", "2024-03-11T06:00Z", "2024-03-11T06:30Z"}},
		{"30 2,3 * * *", "America/New_York", "2024-03-10T05:00Z", []string{"2024-03-10T07:00Z", "2024-03-10T07:30Z", "2024-03-11T06:30Z"}},
		{"30 1 * * *", "America/New_York", "2024-11-02T20:00Z", []string{"2024-11-03T05:30Z", "2024-11-04T06:30Z"}},
		{"30 1 * * *", "America/New_York", "2024-11-03T05:40Z", []string{"2024-11-04T06:30Z"}},
		{"0 * * * *", "America/New_York", "2024-03-10T05:10Z", []string{"2024-03-10T06:00Z", "2024-03-10T07:00Z", "2024-03-10T08:00Z"}},
		{"0 * * * *", "America/New_York", "2024-11-03T04:10Z", []string{"2024-11-03T05:00Z", "2024-11-03T06:00Z", "2024-11-03T07:00Z"}},
		{"*/15 * * * *", "America/New_York", "2024-11-03T05:50Z", []string{"2024-11-03T06:00Z", "2024-11-03T06:15Z", "2024-11-03T06:30Z"}},
		{"*/30 * * * *", "America/New_York", "2024-03-10T05:10Z", []string{"2024-03-10T05:30Z", "2024-03-10T06:00Z", "2024-03-10T06:30Z", "2024-03-10T07:00Z"}},
		{"0 */6 * * *", "America/New_York", "2024-11-03T04:10Z", []string{"2024-11-03T11:00Z", "2024-11-03T17:00Z", "2024-11-03T23:00Z", "2024-11-04T05:00Z"}},
		{"0 9 * * 1-5", "Asia/Tokyo", "2024-01-19T20:07Z", []string{"2024-01-22T00:00Z", "2024-01-23T00:00Z"}},
		{"0 0 12 ? * MON,THU *", "UTC", "2024-01-16T20:07Z", []string{"2024-01-18T12:00Z", "2024-01-22T12:00Z"}},
		{"0 9 29 2 *", "UTC", "2024-03-01T00:00Z", []string{"2028-02-29T09:00Z"}},
		{"0 0 * * *", "America/Santiago", "2026-09-05T00:00Z", []string{"2026-09-05T04:00Z", "2026-09-06T04:00Z", "2026-09-07T03:00Z"}},
		{"0 2 * * *", "Australia/Lord_Howe", "2024-10-04T00:00Z", []string{"2024-10-04T15:30Z", "2024-10-05T15:30Z", "2024-10-06T15:00Z"}},
	} {
		at := moment(t, c.from)
		for _, want := range c.want {
			at = next(t, c.expr, c.zone, cron.Policy{}, at)
			if got := at.Format("2006-01-02T15:04Z"); got != want {
				t.Errorf("%s in %s: fires at %s, want %s", c.expr, c.zone, got, want)
				break
			}
		}
	}
}

func TestPoliciesOfClockChanges(t *testing.T) {
	t.Parallel()
	const york = "America/New_York"
	for name, c := range map[string]struct {
		expr   string
		policy cron.Policy
		from   string
		want   []string
	}{
		"GapSkipped":          {"30 2 * * *", cron.Policy{Gap: cron.SkipGap}, "2026-03-08T05:00Z", []string{"2026-03-09T06:30Z"}},
		"GapAtChange":         {"30 2 * * *", cron.Policy{Gap: cron.RunAtChange}, "2026-03-08T05:00Z", []string{"2026-03-08T07:00Z"}},
		"RepeatFirst":         {"30 1 * * *", cron.Policy{Repeat: cron.First}, "2026-11-01T04:00Z", []string{"2026-11-01T05:30Z", "2026-11-02T06:30Z"}},
		"RepeatLast":          {"30 1 * * *", cron.Policy{Repeat: cron.Last}, "2026-11-01T04:00Z", []string{"2026-11-01T06:30Z", "2026-11-02T06:30Z"}},
		"RepeatBoth":          {"30 1 * * *", cron.Policy{Repeat: cron.Both}, "2026-11-01T04:00Z", []string{"2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-02T06:30Z"}},
		"WildcardsFollowTime": {"30 * * * *", cron.Policy{Repeat: cron.Last, Gap: cron.SkipGap}, "2026-11-01T05:00Z", []string{"2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-01T07:30Z"}},
	} {
		at := moment(t, c.from)
		for _, want := range c.want {
			at = next(t, c.expr, york, c.policy, at)
			if got := at.Format("2006-01-02T15:04Z"); got != want {
				t.Errorf("%s: fires at %s, want %s", name, got, want)
				break
			}
		}
	}
}

func next(t *testing.T, expr, zone string, p cron.Policy, after time.Time) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	e, err := cron.Parse(expr, after)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	at, err := e.Next(loc, p, after)
	if err != nil {
		t.Fatalf("%s in %s after %s: %v", expr, zone, after, err)
	}
	return at
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
