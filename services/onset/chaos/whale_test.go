package chaos

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// shoal is one workspace of many in the same fleet.
type shoal struct {
	name   string
	client client
}

// shoal makes a workspace with the graphs and triggers of the first.
func (f *fleet) shoal(t *testing.T, name string) shoal {
	t.Helper()
	admin := regexp.MustCompile(`ons_\w+`).FindString(f.onset(t, nil, "workspace", "create", name))
	file := name + "-manifest.yaml"
	f.write(t, file, strings.Replace(manifest, "- name: chaos", "- name: "+name, 1))
	f.onset(t, []string{"ONSET_SERVER=" + f.client.base, "ONSET_API_KEY=" + admin}, "apply", "-f", filepath.Join(f.folder, file))
	return shoal{name, newClient(f.client.base, admin)}
}

// start has to be accepted.
func (s shoal) start(t *testing.T) uuid.UUID {
	a, err := s.client.do(t.Context(), http.MethodPost, "/trigger/start/"+s.name+"/chain/DEV", "", `{"message": "hello"}`)
	if err != nil || a.code != http.StatusOK {
		t.Errorf("start in %s: %d %v", s.name, a.code, err)
	}
	return a.run()
}

// One workspace may use every place of every worker, and sends a hundred times
// as much. The others are not a second later for it.
func TestWhaleDelaysNobodyElse(t *testing.T) {
	t.Parallel()
	const workers = 2
	places, rounds := either(2, 8), either(5, 20)
	most := workers * places
	f := launch(t, plan{workers: workers, settings: []string{fmt.Sprintf("ONSET_CONCURRENCY=%d", places)}})
	f.sink.slow(100 * time.Millisecond) // two calls to a run
	whale, others := f.shoal(t, "whale"), []shoal{f.shoal(t, "cod"), f.shoal(t, "eel"), f.shoal(t, "ray")}
	if a, err := whale.client.do(t.Context(), http.MethodPatch, "/api/v1/workspaces/whale", "", fmt.Sprintf(`{"limits": {"running": %d}}`, most)); err != nil || a.code != http.StatusOK {
		t.Fatalf("limit the whale: %+v %v", a, err)
	}

	calm := f.slowestStart(t, others, rounds)
	var feeding sync.WaitGroup
	for range 10 {
		feeding.Go(func() {
			for range most * 10 {
				whale.start(t)
			}
		})
	}
	feeding.Wait()
	rough := f.slowestStart(t, others, rounds)
	left := f.count(t, `select count(*) from runs r join workspaces w on w.id = r.workspace_id where w.name = 'whale' and r.started_at is null`)

	moreThan(t, "runs of the whale that waited all the time", left, 0)
	moreThan(t, "slowest start of the others without it, in µs", int(calm.Microseconds()), 0)
	atMost(t, "slowest start of the others beside it, later by", rough-calm, time.Second+either(slack, 0))
}

// slowestStart lets each workspace do one run after the other and gives the
// longest time between the acceptance of one and its start.
func (f *fleet) slowestStart(t *testing.T, all []shoal, rounds int) (slowest time.Duration) {
	t.Helper()
	for range rounds {
		var round []uuid.UUID
		for _, s := range all {
			round = append(round, s.start(t))
		}
		until(t, "the runs of one round start", func() bool {
			return f.count(t, `select count(*) from runs where id = any($1) and started_at is not null`, round) == len(round)
		})
		var took time.Duration
		if err := f.db.QueryRow(t.Context(), `select max(started_at - created_at) from runs where id = any($1)`, round).Scan(&took); err != nil {
			t.Fatal(err)
		}
		slowest = max(slowest, took)
	}
	return slowest
}
