package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// server asks the process at the admin address how it is and what it counted.
func (d Doctor) server(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	const check = "server"
	at := "http://" + d.Settings.AdminAddr
	absent := func(err error) []Finding {
		return []Finding{wrong(check, fmt.Sprintf("no answer from %s: %v", at, err),
			"start it with `make run` or `onset up`, or say with --admin-addr where its ONSET_ADMIN_ADDR is; or set DATABASE_URL and REDIS_URL")}
	}
	body, err := fetch(ctx, at+"/readyz")
	if err != nil {
		return absent(err)
	}
	var health struct {
		Ready    *bool             `json:"ready"`
		Problems map[string]string `json:"problems"`
	}
	if json.Unmarshal(body, &health) != nil || health.Ready == nil {
		return absent(errors.New("what answers is not Onset"))
	}
	var out []Finding
	if *health.Ready {
		out = append(out, ok(check, at+" is ready"))
	}
	for _, part := range slices.Sorted(maps.Keys(health.Problems)) {
		out = append(out, wrong(part, health.Problems[part], "the server at "+at+" is not ready because of it: see its log"))
	}
	if body, err = fetch(ctx, at+"/metrics"); err != nil {
		return append(out, absent(err)...)
	}
	out = append(out, d.counted(readFigures(body))...)
	return append(out, unknown("the rest", "versions, eviction policy, migrations and master key are asked of the database and of Redis themselves",
		"set DATABASE_URL and REDIS_URL; what is inside of `onset up` needs no look"))
}

// staleAfter is how long a process that keeps the runs may be busy with
// something else.
const staleAfter = time.Minute

// counted judges the figures of a process. One that keeps no runs (a gateway)
// has none.
func (d Doctor) counted(f figures) []Finding {
	looked, keeps := f["onset_upkeep_last_look_timestamp_seconds"]
	if !keeps || looked == 0 {
		return []Finding{unknown(oldest, "this process has not counted runs", "ask a scheduler, a worker or `onset up`, some seconds after its start")}
	}
	var out []Finding
	if age := d.Now().Sub(time.Unix(int64(looked), 0)); age > staleAfter {
		out = append(out, wrong("upkeep", fmt.Sprintf("the server last looked after its runs %s ago", age.Round(time.Second)), "see in its log why: most often the database is away"))
	}
	out = append(out, judgeOldest(time.Duration(f["onset_oldest_ready_seconds"]*float64(time.Second)), int(f["onset_runs_ready"])))
	counts := f.labelled("onset_audit_findings", "rule")
	if len(counts) == 0 {
		return append(out, unknown(audit, "this process does not audit", "ask a scheduler or `onset up`"))
	}
	return append(out, judgeAudit(counts)...)
}

// mostRead bounds one answer.
const mostRead = 4 << 20

// fetch gives the body of an answer, whatever its status: a server that is not
// ready says so with 503.
func fetch(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var refused *url.Error
		if errors.As(err, &refused) {
			err = refused.Err
		}
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, mostRead))
}
