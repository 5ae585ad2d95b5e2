package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// asks sends a document to the workspace demo and gives the answer's status.
func (p *product) asks(t *testing.T, method, path, body string) int {
	t.Helper()
	f := p.bootstrap(t)
	req, err := http.NewRequestWithContext(t.Context(), method, f.BaseURL+"/api/v1/workspaces/demo"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.AdminKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// moments are what became of a schedule's moments, newest first.
type moments struct {
	Items []struct {
		NominalAt   time.Time `json:"nominal_at"`
		Until       time.Time
		Disposition string
		RunID       string `json:"run_id"`
	}
}

// fired are the moments of a trigger.
func (p *product) fired(t *testing.T, name string) (m moments) {
	t.Helper()
	fetch(t, p, "/triggers/"+name+"/fires?limit=200", &m)
	return m
}

// Phinite's rows P04 and P06 in the words of its form, and its changes: a flow
// is started on a schedule, not before its start time; the status call knows its
// runs; an edit holds at once, a pause clears the next moment, and deleting ends
// it.
func TestPhiniteP04AndP06ScheduleStartsFlowsAndObeysAtOnce(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	begins := time.Now().Add(2 * time.Second).Truncate(time.Second).UTC()
	form := fmt.Sprintf(`{"name":"tick","workflow_type":"cron","graph_id":"echo","cron_expression":"* * * * * *","start_time":%q,"message":"go","environments":{"DEV":{"build_id":null}}}`,
		begins.Format(time.RFC3339))
	if got := p.asks(t, http.MethodPost, "/triggers", form); got != http.StatusCreated {
		t.Fatalf("the form is answered %d", got)
	}
	until(t, "two moments have fired", func() bool { return len(p.fired(t, "tick").Items) >= 2 })
	all := p.fired(t, "tick").Items
	if first := all[len(all)-1]; !first.NominalAt.Equal(begins) || first.Disposition != "started" {
		t.Errorf("it begins with %+v, want %s", first, begins)
	}
	f := p.bootstrap(t)
	until(t, "the status call tells the result", func() bool {
		var told struct{ Status string }
		document(t, f.BaseURL+"/trigger/status/demo/"+all[0].RunID, f.APIKey, &told)
		return told.Status == "completed"
	})

	var shown struct {
		NextFireAt *time.Time `json:"next_fire_at"`
		Status     string
	}
	standing := func() {
		shown.NextFireAt = nil
		fetch(t, p, "/triggers/tick", &shown)
	}
	edited := time.Now()
	if got := p.asks(t, http.MethodPatch, "/triggers/tick", `{"config":{"cron":"0 0 1 1 *"}}`); got != http.StatusOK {
		t.Fatalf("the edit is answered %d", got)
	}
	if standing(); shown.NextFireAt == nil || shown.NextFireAt.YearDay() != 1 {
		t.Errorf("edited, it fires next at %v", shown.NextFireAt)
	}
	known := len(p.fired(t, "tick").Items)
	if got := p.asks(t, http.MethodPatch, "/triggers/tick", `{"config":{"cron":"*/2 * * * * *"}}`); got != http.StatusOK {
		t.Fatalf("the second edit is answered %d", got)
	}
	until(t, "it fires as it was edited", func() bool { return len(p.fired(t, "tick").Items) >= known+2 })
	for _, m := range p.fired(t, "tick").Items {
		if m.NominalAt.After(edited.Add(time.Second)) && m.NominalAt.Second()%2 != 0 {
			t.Errorf("after the edit it fires at %s", m.NominalAt)
		}
	}

	if got := p.asks(t, http.MethodPost, "/triggers/tick/pause", ""); got != http.StatusOK {
		t.Fatalf("the pause is answered %d", got)
	}
	if standing(); shown.NextFireAt != nil || shown.Status != "paused" {
		t.Errorf("paused, it is %+v", shown)
	}
	known = len(p.fired(t, "tick").Items)
	p.rests(t, "tick", known)
	if got := p.asks(t, http.MethodPost, "/triggers/tick/resume", ""); got != http.StatusOK {
		t.Fatalf("the resumption is answered %d", got)
	}
	until(t, "it goes on", func() bool {
		return p.fired(t, "tick").Items[0].Disposition == "started" && len(p.fired(t, "tick").Items) > known
	})
	var runs struct{ Items []struct{ ID string } }
	if got := p.asks(t, http.MethodDelete, "/triggers/tick", ""); got != http.StatusNoContent {
		t.Fatalf("the deletion is answered %d", got)
	}
	fetch(t, p, "/runs?limit=200", &runs)
	last := runs.Items[0].ID
	p.beats(t)
	if fetch(t, p, "/runs?limit=200", &runs); runs.Items[0].ID != last {
		t.Error("a deleted schedule has started another run")
	}
	p.stop(t)
}

// beats waits until another schedule, made for that, has fired twice: the
// scheduler has looked at everything that is due.
func (p *product) beats(t *testing.T) {
	t.Helper()
	name := fmt.Sprintf("beat%d", time.Now().UnixNano())
	if got := p.asks(t, http.MethodPut, "/triggers/"+name, `{"kind":"schedule","graph":"echo","environments":["PROD"],"config":{"every":"1s"}}`); got != http.StatusCreated {
		t.Fatalf("a schedule is answered %d", got)
	}
	until(t, "another schedule has come round", func() bool { return len(p.fired(t, name).Items) >= 3 })
}

// rests fails when a schedule fires while another one comes round.
func (p *product) rests(t *testing.T, name string, known int) {
	t.Helper()
	p.beats(t)
	if now := len(p.fired(t, name).Items); now != known {
		t.Errorf("%d more moments of %s are recorded", now-known, name)
	}
}
