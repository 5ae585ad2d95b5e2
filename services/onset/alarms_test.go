package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"
)

// One of a hundred schedules is spoilt behind the program's back. It is told
// within five seconds, wherever anybody looks, and no other is harmed.
func TestBrokenScheduleAmongAHundredIsToldAndHarmsNoOther(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	file := filepath.Join(p.folder, "hundred.yaml")
	var manifest strings.Builder
	manifest.WriteString("workspaces:\n  - name: demo\n    triggers:\n")
	for n := range 100 {
		fmt.Fprintf(&manifest, "      - {name: s%02d, kind: schedule, graph: echo, environments: [DEV], config: {every: 1s}}\n", n)
	}
	write(t, file, manifest.String())
	p.says(t, "apply", "-f", file)
	p.shows(t, nil, "alarms")

	db, err := gorm.Open(sqlite.Open(filepath.Join(p.folder, "onset.db")+"?_pragma=busy_timeout(10000)"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`update triggers set config = '{"preset": "monthly"}' where name = 's13'`, // due in weeks, and yet
		`update triggers set config = 'rubbish' where name = 's13'`,
	} {
		if err := db.Exec(text).Error; err != nil {
			t.Fatal(err)
		}
	}
	spoilt := time.Now()
	var alarms struct {
		Items []struct{ Kind, Trigger, Reason string }
	}
	until(t, "there is an alarm", func() bool { fetch(t, p, "/alarms", &alarms); return len(alarms.Items) > 0 })
	if a := alarms.Items[0]; len(alarms.Items) != 1 || a.Kind != "schedule_broken" || a.Trigger != "s13" || a.Reason == "" {
		t.Errorf("the alarms are %+v", alarms.Items)
	}
	var shown struct{ Warnings []struct{ Code string } }
	fetch(t, p, "/triggers/s13", &shown)
	var why struct {
		WouldNow struct{ Reason string } `json:"would_now"`
	}
	fetch(t, p, "/triggers/s13/explain", &why)
	broken := slices.ContainsFunc(shown.Warnings, func(w struct{ Code string }) bool { return w.Code == "schedule_broken" })
	if !broken || !strings.HasPrefix(why.WouldNow.Reason, "the schedule is broken: ") {
		t.Errorf("it is shown as %+v and explained as %+v", shown, why)
	}
	if took := time.Since(spoilt); took > 5*time.Second {
		t.Errorf("it is told after %s", took)
	}
	out, _, err := p.run(t, "alarms", "--trigger", "s13")
	if code(t, err) != 1 || !strings.Contains(out, "schedule_broken  s13") {
		t.Errorf("the command says %v\n%s", err, out)
	}
	since := time.Now().UTC().Format(time.RFC3339)
	until(t, "all others go on", func() bool {
		var runs struct {
			Items []struct{ Trigger string }
		}
		seen := map[string]bool{}
		fetch(t, p, "/runs?limit=200&since="+since, &runs)
		for _, r := range runs.Items {
			seen[r.Trigger] = true
		}
		return len(seen) == 99
	})
	p.refuses(t, map[string]string{"kind": "alarms --kind loud", "nobody": "alarms --trigger nobody", "--limit: 0": "alarms --limit 0"})
}
