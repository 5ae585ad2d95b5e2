package cron_test

import (
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/cron"
)

func TestPhrasesArePublishedOnes(t *testing.T) {
	t.Parallel()
	const january, july = "2024-01-15T20:07Z", "2024-07-15T20:07Z"
	for _, c := range []struct{ expr, zone, from, want string }{
		{"0 9 * * *", "UTC", january, "Daily at 9:00 AM"},
		{"0 9 * * *", "America/New_York", january, "Daily at 9:00 AM EST"},
		{"0 9 * * *", "America/New_York", july, "Daily at 9:00 AM EDT"},
		{"0 9 * * *", "America/Sao_Paulo", january, "Daily at 9:00 AM (America/Sao_Paulo)"},
		{"0 9 * * *", "Europe/Berlin", january, "Daily at 9:00 AM CET"},
		{"0 9 * * *", "Asia/Tokyo", january, "Daily at 9:00 AM JST"},
		{"0 */6 * * *", "UTC", january, "Every 6 hours"},
		{"0 */6 * * *", "America/New_York", january, "Every 6 hours"},
		{"0 9 * * 1", "UTC", january, "Every Monday at 9:00 AM"},
		{"0 9 * * 1", "America/New_York", january, "Every Monday at 9:00 AM EST"},
		{"*/15 * * * *", "UTC", january, "Every 15 minutes"},
		{"* * * * *", "UTC", january, "Every minute"},
		{"*/1 * * * *", "UTC", january, "Every minute"},
		{"0 * * * *", "UTC", january, "Every hour"},
		{"30 * * * *", "UTC", january, "Every hour at :30"},
		{"0 0 1 * *", "UTC", january, "Monthly on the 1st at midnight"},
		{"0 0 * * *", "UTC", january, "Daily at midnight"},
		{"0 12 * * *", "UTC", january, "Daily at 12:00 PM"},
		{"30 18 * * *", "UTC", january, "Daily at 6:30 PM"},
		{"0 9 * * 1-5", "UTC", january, "Weekdays at 9:00 AM"},
		{"0 9 * * MON-FRI", "UTC", january, "Weekdays at 9:00 AM"},
		{"0 10 * * 0,6", "UTC", january, "Weekends at 10:00 AM"},
		{"0 10 * * 6-7", "UTC", january, "Weekends at 10:00 AM"},
		{"0 9,17 * * *", "UTC", january, "Daily at 9:00 AM and 5:00 PM"},
		{"0 9 15 * *", "UTC", january, "Monthly on the 15th at 9:00 AM"},
		{"0 9 22 * *", "UTC", january, "Monthly on the 22nd at 9:00 AM"},
		{"0 9 12 * *", "UTC", january, "Monthly on the 12th at 9:00 AM"},
		{"0 9 * * 0", "UTC", january, "Every Sunday at 9:00 AM"},
		{"0 9 * * 7", "UTC", january, "Every Sunday at 9:00 AM"},
		{"0 0 12 ? * MON,THU *", "UTC", january, "Every Monday and Thursday at 12:00 PM"},
		{"0 9 1 1 *", "UTC", january, "Every year on January 1 at 9:00 AM"},
		{"@daily", "UTC", january, "Daily at midnight"},
		{"@hourly", "UTC", january, "Every hour"},
		{"15 */2 * * *", "UTC", january, "Every 2 hours at :15"},
		{"*/10 9-17 * * 1-5", "UTC", january, ""},
		{"0 9 L * *", "UTC", january, "Monthly on the last day at 9:00 AM"},
		{"30 0 9 * * *", "UTC", january, ""},
		{"0 9 1,15 * *", "UTC", january, ""},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		from := moment(t, c.from)
		e, err := cron.Parse(c.expr, from)
		if err != nil {
			t.Fatalf("%s: %v", c.expr, err)
		}
		got, ok := e.Phrase(zone, next(t, c.expr, c.zone, cron.Policy{}, from))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s in %s: %q, want %q", c.expr, c.zone, got, c.want)
		}
		if e.Describe(zone, from) == "" {
			t.Errorf("%s is not described", c.expr)
		}
	}
}
