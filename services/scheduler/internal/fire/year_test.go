package fire

import (
	"flag"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// zones is in how many of the forty a year is replayed: "make brute" replays it
// in all.
var zones = flag.Int("zones", 8, "in how many zones a year is replayed")

// forty are zones of every kind: clocks that change in spring and autumn of
// either half of the earth, by an hour or half of one, at midnight, on other
// days each year, and never; offsets of quarters, and both sides of the date
// line.
var forty = []string{
	"Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage", "America/Argentina/Buenos_Aires",
	"America/Asuncion", "America/Bogota", "America/Chicago", "America/Denver", "America/Halifax", "America/Havana", "America/Los_Angeles",
	"America/Mexico_City", "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll",
	"Asia/Beirut", "Asia/Dubai", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo",
	"Atlantic/Azores", "Australia/Adelaide", "Australia/Brisbane", "Australia/Eucla", "Australia/Lord_Howe", "Australia/Sydney",
	"Europe/Berlin", "Europe/London", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "UTC",
}

// A year of schedules in forty zones, half of it watched and half of it not, has
// a record for every moment that somebody would expect who looks at the clocks
// on the wall.
func TestYearOfManyZonesIsAccountedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.limited(1, 1_000_000)
	w.now = time.Date(2026, 1, 1, 0, 0, 0, 500_000_000, time.UTC)
	began := w.now
	all := map[string]uuid.UUID{}
	for n := range *zones {
		zone := forty[n*len(forty) / *zones]
		name := tenant.NameOf(zone, 100)
		p := trigger.Policies{Misfire: trigger.Misfire{Mode: trigger.CatchAll, Max: 5}}
		all[zone] = w.put(name, `{"cron": "30 2 * * *", "timezone": "`+zone+`"}`, p).ID
	}
	for n := 0; w.now.Before(began.AddDate(1, 0, 0)); n++ {
		if n%2 == 0 {
			w.away(45 * time.Hour)
		} else {
			w.away(5 * time.Hour)
		}
		w.fire()
	}
	for zone, id := range all {
		owed := mornings(t, zone, began, w.now)
		if len(owed) < 365 {
			t.Errorf("%s: a year has %d mornings", zone, len(owed))
		}
		for _, complaint := range account(owed, w.fires(id)) {
			t.Errorf("%s: %s", zone, complaint)
		}
	}
}

// mornings are the moments of a year at which the clocks of a zone show half
// past two, looked up minute by minute: the first of two, and the change where
// there is none.
func mornings(t *testing.T, name string, from, until time.Time) (all []time.Time) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	last, done := from.In(zone), ""
	for at := from.Truncate(time.Minute).Add(time.Minute); !at.After(until); at = at.Add(time.Minute) {
		local := at.In(zone)
		shows := local.Hour()*60 + local.Minute()
		was := last.Hour()*60 + last.Minute()
		day := local.Format(time.DateOnly)
		jumped := last.Format(time.DateOnly) == day && was < 150 && shows > 150
		if (shows == 150 || jumped) && day != done {
			all, done = append(all, at.UTC()), day
		}
		last = local
	}
	return all
}
