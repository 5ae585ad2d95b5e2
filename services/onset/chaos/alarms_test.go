package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// alarm is what a gateway says is wrong.
type alarm struct{ Kind, Trigger, Reason string }

// read asks a gateway for a document of the workspace.
func (f *fleet) read(t *testing.T, gateway *program, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+gateway.addr+"/api/v1/workspaces/chaos"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.client.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, resp.StatusCode, body, err)
	}
}

func (f *fleet) alarms(t *testing.T, gateway *program) []alarm {
	t.Helper()
	var l struct{ Items []alarm }
	f.read(t, gateway, "/alarms", &l)
	return l.Items
}

func (f *fleet) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := f.db.Exec(t.Context(), text); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// A scheduler that is dead cannot say so; every gateway does, and what is wrong
// is told once, until it is right again.
func TestDeadSchedulerIsToldByEveryGateway(t *testing.T) {
	t.Parallel()
	c := clockwork(t, nil, 1, 1)
	second := c.program(t, "gateway")
	second.start(t)
	second.ready(t)
	c.ask(t, http.MethodPatch, 0, "", `{"policies": {"expect": {"success_every": "1m"}}}`)
	c.scheduler.kill(t)
	c.exec(t, `update schedules set next_at = next_at - interval '2 minutes'`) // which nobody has acted upon
	c.exec(t, `update expectations set due_at = now()`)
	for _, gateway := range []*program{c.gateway, second} {
		for _, kind := range []string{"schedule_late", "success_overdue"} {
			until(t, "a gateway counts "+kind, func() bool { return gateway.metric(t, `onset_alarms{kind="`+kind+`"}`) == 1 })
		}
		if all := c.alarms(t, gateway); len(all) != 2 || all[0].Trigger != "tick0" || all[0].Kind == all[1].Kind {
			t.Errorf("a gateway tells %+v", all)
		}
	}
	c.scheduler.start(t)
	until(t, "only the success is still missing", func() bool { return len(c.alarms(t, second)) == 1 })
	c.exec(t, `update expectations set due_at = now() + interval '1 hour'`)
	if all := c.alarms(t, second); len(all) != 0 {
		t.Errorf("everything is well, and yet %+v", all)
	}
}

// One of a hundred schedules is spoilt behind the program's back. It is told
// within five seconds, and no other is harmed.
func TestRottenScheduleAmongAHundredIsTold(t *testing.T) {
	t.Parallel()
	c := clockwork(t, nil, 2, 100)
	c.exec(t, `update triggers set config = '{"preset": "monthly"}' where name = 'tick13'`)
	c.exec(t, `update triggers set config = '{"cron": {"minute": 5}}' where name = 'tick13'`)
	c.exec(t, `update schedules set nominal_at = 'infinity' where trigger_id = (select id from triggers where name = 'tick31')`)
	spoilt := time.Now()
	until(t, "both are told", func() bool { return len(c.alarms(t, c.gateway)) >= 2 })
	atMost(t, "from rot to alarm", time.Since(spoilt), 5*time.Second)
	for _, a := range c.alarms(t, c.gateway) {
		if a.Kind != "schedule_broken" || a.Trigger != "tick13" && a.Trigger != "tick31" || a.Reason == "" {
			t.Errorf("the alarm is %+v", a)
		}
		var shown struct{ Warnings []struct{ Code string } }
		c.read(t, c.gateway, "/triggers/"+a.Trigger, &shown)
		var why struct {
			WouldNow struct{ Reason string } `json:"would_now"`
		}
		c.read(t, c.gateway, "/triggers/"+a.Trigger+"/explain", &why)
		if !strings.Contains(fmt.Sprint(shown), "schedule_broken") || !strings.HasPrefix(why.WouldNow.Reason, "the schedule is broken: ") {
			t.Errorf("%s is shown as %+v and explained as %+v", a.Trigger, shown, why)
		}
	}
	from := c.count(t, `select extract(epoch from now())::int`)
	until(t, "all others go on", func() bool {
		return c.count(t, `select count(distinct trigger_id) from fires where disposition = 'started' and nominal_at > to_timestamp($1)`, from) == 98
	})
	exactly(t, "schedules that are broken", c.count(t, `select count(*) from schedules where broken <> ''`), 2)
}
