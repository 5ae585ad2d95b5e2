package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// pipeline takes deployments and keeps the addresses that it is to answer.
func pipeline(t *testing.T) (*httptest.Server, chan string) {
	t.Helper()
	addresses := make(chan string, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Version string
			ReplyTo string `json:"reply_to"`
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Version != "1.4" {
			t.Errorf("the pipeline was asked for %+v", in)
		}
		addresses <- in.ReplyTo
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	return s, addresses
}

// A run waits for a person, for another system and for a time, and everything is
// killed and started again in between.
func TestReleaseWaitsAcrossRestarts(t *testing.T) {
	t.Parallel()
	s, addresses := pipeline(t)
	p := install(t)
	begin := func() {
		p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(s.URL, "http://"))
		p.ready(t)
	}
	begin()
	write(t, filepath.Join(p.folder, "graph.yaml"), string(read(t, example("release-approval", "graph.yaml"))))
	file := filepath.Join(p.folder, "release-approval.yaml")
	write(t, file, strings.Replace(string(read(t, example("release-approval", "manifest.yaml"))), "{from_env: PIPELINE_URL, optional: true}", s.URL, 1))
	p.says(t, "apply", "-f", file)
	p.says(t, "runs", "answer") // nothing is asked
	var a answer
	decode(t, []byte(p.says(t, "trigger", "start", "release-approval", "--var", "version=1.4", "--wait", "--json")), &a)
	if a.Status != "waiting_for_input" {
		t.Fatalf("the run is %+v", a)
	}
	p.kill(t)
	begin()
	p.shows(t, []string{a.WorkflowID, "input", "Ship 1.4 to everybody? [yes | not now]"}, "runs", "answer")
	p.refuses(t, map[string]string{
		`one of "yes", "not now"`:     "runs answer " + a.WorkflowID + " --answer no",
		"without a decision":          "runs answer " + a.WorkflowID + " --decision approved",
		"is not JSON":                 "runs answer " + a.WorkflowID + " --answer-json {",
		"leave one of them out":       "runs answer " + a.WorkflowID + " --answer yes --answer-json 1",
		"which run is answered":       "runs answer --answer yes",
		"is not the id of an ask":     "runs answer " + a.WorkflowID + " --answer yes --ask mine",
		"the run does not wait for":   "runs answer " + a.WorkflowID + " --answer yes --node deploy",
		"there is no run":             "runs answer 01890a5d-ac96-774b-bcce-b302099a8057 --answer yes",
		"is not the id of a run":      "runs answer mine",
		"onset runs list shows those": "runs show 01890a5d-ac96-774b-bcce-b302099a8057",
	})
	p.shows(t, []string{"is answered"}, "runs", "answer", a.WorkflowID, "--answer", "yes", "--comment", "go")
	address := <-addresses
	until(t, "the run waits for the pipeline", func() bool { return strings.Contains(p.says(t, "runs", "show", a.WorkflowID), "waiting (callback)") })
	p.shows(t, []string{"WAITS FOR", "callback   deploy"}, "runs", "show", a.WorkflowID)
	p.shows(t, []string{"callback   2"}, "runs", "answer", a.WorkflowID)
	if out := p.says(t, "runs", "answer"); strings.Contains(out, a.WorkflowID) {
		t.Errorf("people are asked what another system is to answer:\n%s", out)
	}
	p.refuses(t, map[string]string{"waits for another system": "runs answer " + a.WorkflowID + " --answer yes"})
	p.kill(t)
	begin()
	resp, err := http.Post(address, "application/json", strings.NewReader(`{"id":"d-7"}`))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(resp.Body); err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the callback is answered %d %s", resp.StatusCode, text)
	}
	ended := p.finished(t, a.WorkflowID)
	if ended.Status != "completed" || ended.Response["shipped"] != true || ended.Response["deployment"] != "d-7" || ended.Response["answer"] != "yes" {
		t.Errorf("the run became %+v", ended)
	}
	p.shows(t, []string{"answered by key:", "answered by callback"}, "runs", "show", a.WorkflowID)
	p.refuses(t, map[string]string{"any more: it was answered by key:": "runs answer " + a.WorkflowID + " --answer no"})
	p.refuses(t, map[string]string{"onset runs show " + a.WorkflowID: "runs answer " + a.WorkflowID + " --answer yes"})
	select {
	case again := <-addresses:
		t.Errorf("the pipeline was called again, for %s", again)
	default:
	}
}
