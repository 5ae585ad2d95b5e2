package cron_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

var today = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestExpressionsAreReadAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0 9 * * *":             "0 9 * * *",
		" 0\t9   * * *  ":       "0 9 * * *",
		"0 0 9 * * *":           "0 9 * * *",
		"15 0 9 * * *":          "15 0 9 * * *",
		"0 9 * * * 2027":        "0 9 * * * 2027",
		"0 0 9 * * * 2027-2028": "0 0 9 * * * 2027-2028",
		"0 0 9 ? * * *":         "0 9 * * *",
		"0 9 * jan,Dec mon-FRI": "0 9 * 1,12 1-5",
		"0 9 * * FRI-SUN":       "0 9 * * 5-6,0",
		"0 9 * * 1-7/2":         "0 9 * * 1-6/2,0",
		"0 9 * * 7":             "0 9 * * 0",
		"0 9 * * 7/2":           "0 9 * * 0-6/2",
		"0 9 * * 7-7":           "0 9 * * 0",
		"0 9 L * *":             "0 9 L * *",
		"0 9 15W * *":           "0 9 15W * *",
		"0 9 * * 5L":            "0 9 * * 5L",
		"0 9 * * MON#2":         "0 9 * * 1#2",
		"5/15 * * * *":          "5-59/15 * * * *",
		"1,*,3 * * * *":         "* * * * *",
		"@Daily":                "0 0 * * *",
		"@everysecond":          "* * * * * *",
	} {
		e, err := cron.Parse(text, today)
		if err != nil || e.String() != want {
			t.Errorf("%q is read as %q, %v; want %q", text, e, err, want)
		}
	}
}

func TestExpressionsThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                                     "0 fields",
		"* * * *":                              "4 fields",
		"* * * * * * * *":                      "8 fields",
		"61 * * * *":                           "minute",
		"* 25 * * *":                           "hour",
		"* * 32 * *":                           "day of the month",
		"* * 0 * *":                            "day of the month",
		"* * * 13 *":                           "month",
		"* * * * 8":                            "day of the week",
		"* * * * 1-8":                          "day of the week",
		"0 0 * * JAN":                          "day of the week",
		"0 0 * MON *":                          "month",
		"5-1 * * * *":                          "backwards",
		"0 9 * * FRI-MON":                      "backwards",
		"*/0 * * * *":                          "step",
		"*/70 * * * *":                         "step",
		"5/70 * * * *":                         "step",
		"70/5 * * * *":                         "minute",
		"1/2/3 * * * *":                        "step",
		"+5 * * * *":                           "minute",
		"20,99 * * * *":                        "minute",
		"1,,2 * * * *":                         "minute",
		"0 0 * * 1#6":                          "#",
		"0 0 * * 1#0":                          "#",
		"0 0 LW * *":                           "day of the month",
		"0 0 L-3 * *":                          "day of the month",
		"0 0 * * L":                            "day of the week",
		"@every 5m":                            "fields",
		"@reboot":                              "@reboot",
		"TZ=UTC 0 9 * * *":                     "second",
		"0\n0 * * *":                           "lines",
		"abc":                                  "1 fields",
		strings.Repeat("1,", 60) + "1 * * * *": "100",
		strings.Repeat("9", 60_000):            "100",
	} {
		_, err := cron.Parse(text, today)
		if err == nil || !strings.Contains(err.Error(), says) || errors.Is(err, cron.ErrNever) {
			t.Errorf("%.60q: %v; want a sentence with %q", text, err, says)
		}
	}
}

func TestExpressionsThatNeverFireAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0 0 30 2 *", "0 0 31 2 *", "0 0 31 4,6,9,11 *", "0 0 29 2 * 2100", "0 0 1 1 * 2020", "0 0 30W 2 *", "0 0 1 1 * 2099",
	} {
		if _, err := cron.Parse(text, today); !errors.Is(err, cron.ErrNever) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is read reads the same again, and no text makes Parse or Next fail in
// another way than with an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0 9 * * *", "@daily", "0 0 12 ? * MON,THU *", "*/10 9-17 * * 1-5", "0 9 L 1-12/2 5#3", "0 0 29 2 *", "1-7/2 * * * 6-7", "0 0 1 1,1/2 0", "0 0 1 1 7/1"} {
		f.Add(seed)
	}
	havana, err := time.LoadLocation("America/Havana")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := cron.Parse(text, today)
		if err != nil {
			return
		}
		again, err := cron.Parse(e.String(), today)
		if len(e.String()) <= cron.MaxLength && (err != nil || again != e) {
			t.Errorf("%q is read as %q, and that as %q, %v", text, e, again, err)
		}
		at, err := e.Next(havana, cron.Policy{}, today)
		if err == nil && !at.After(today) {
			t.Errorf("%q fires at %s after %s", text, at, today)
		}
		e.Describe(havana, today)
	})
}
