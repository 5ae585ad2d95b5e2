package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onsethq/onset/pkg/boot"
)

// What is checked, as it is called in every answer.
const (
	database   = "database"
	clock      = "clock"
	migrations = "migrations"
	masterKey  = "master key"
	oldest     = "oldest ready run"
	audit      = "audit"
	redis      = "redis"
	eviction   = "eviction policy"
)

// The oldest releases that everything is tested on.
const (
	leastPostgres = 15
	leastRedis    = "6.2"
)

func judgePostgres(text string, major int) Finding {
	if major < leastPostgres {
		return wrong(database, "PostgreSQL "+text, fmt.Sprintf("move to PostgreSQL %d or newer", leastPostgres))
	}
	return ok(database, "PostgreSQL "+text)
}

func judgeRedis(version string) Finding {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return unknown(redis, "it answers and does not tell its version", "see that it is Redis "+leastRedis+" or newer")
	}
	if major < 6 || major == 6 && minor < 2 {
		return wrong(redis, "Redis "+version, "move to Redis "+leastRedis+" or newer")
	}
	return ok(redis, "Redis "+version)
}

func judgePolicy(policy string) Finding {
	switch {
	case strings.EqualFold(policy, "noeviction"):
		return ok(eviction, policy)
	case policy == "unknown":
		return unknown(eviction, "this Redis does not tell its maxmemory-policy", "see that it is noeviction where this Redis is configured")
	}
	return wrong(eviction, policy+": bells are thrown away when memory is short", "set maxmemory-policy to noeviction")
}

// sure is how exactly a clock is read over a network.
const sure = 100 * time.Millisecond

// judgeClock takes how far this host is ahead of the database.
func judgeClock(off time.Duration) Finding {
	if off.Abs() < boot.MaxSkew {
		return ok(clock, fmt.Sprintf("less than %s off the database's", boot.MaxSkew))
	}
	return wrong(clock, fmt.Sprintf("this host's is %s off the database's", off.Round(sure)), "set it right (chrony, ntpd), here or on the database's host")
}

func judgeMigrations(pending int) Finding {
	if pending > 0 {
		return wrong(migrations, fmt.Sprintf("%d are pending", pending), "run `onset migrate`")
	}
	return ok(migrations, "none is pending")
}

// judgeKey compares fingerprints: of the key that the database is held to and
// of ours. Either may be missing.
func judgeKey(kept, ours string) Finding {
	switch {
	case ours == "":
		return unknown(masterKey, "ONSET_MASTER_KEY is not set here", "set it to that of the services to have it compared with the database's")
	case kept == "":
		return ok(masterKey, "no service has opened this database yet: the first one's key will be its own")
	case kept != ours:
		return wrong(masterKey, "it is not the one that this database was made with", "set ONSET_MASTER_KEY to the one that the other services have")
	}
	return ok(masterKey, "it is the one that this database was made with")
}

// longestReady is how long a run that was admitted may look for a worker until
// somebody should look for one too.
const longestReady = time.Minute

func judgeOldest(age time.Duration, ready int) Finding {
	found := fmt.Sprintf("%d wait for a worker, the first for %s", ready, age.Round(time.Second))
	switch {
	case ready == 0:
		return ok(oldest, "no run waits for a worker")
	case age > longestReady:
		return wrong(oldest, found, "see that workers run; if they are all busy start more of them, or raise ONSET_CONCURRENCY")
	}
	return ok(oldest, found)
}

// remedies says what to do about a finding of the audit. What is not here is a
// defect of ours.
var remedies = map[string]string{
	"counters_drift":   "a scheduler counts anew within a minute: see that one runs",
	"lease_stale":      "a scheduler or worker takes up the runs of lost workers: see that one runs",
	"deadline_ignored": "a scheduler or worker ends runs at their deadline: see that one runs",
	"bell_stale":       "a scheduler or worker rings again: see that one runs",
	"queue_stuck":      "a scheduler or worker admits runs: see that one runs",
	"ask_overdue":      "a scheduler or worker ends what was waited for long enough: see that one runs",
	"child_unheard":    "a scheduler or worker tells runs of the ends of those they started: see that one runs",
	"schedule_stale":   "a scheduler fires schedules: see that one runs",
	"backfill_stale":   "a scheduler goes on with backfills: see that one runs",
}

func judgeAudit(counts map[string]int) []Finding {
	var out []Finding
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		if counts[rule] == 0 {
			continue
		}
		do, known := remedies[rule]
		if !known {
			do = "this is a defect of Onset: report it, with the logs of the last hour"
		}
		out = append(out, wrong(audit, fmt.Sprintf("%s: %d", rule, counts[rule]), do))
	}
	if len(out) == 0 {
		out = append(out, ok(audit, "no row that must not exist"))
	}
	return out
}
