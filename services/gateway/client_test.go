package gateway

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/pkg/run"
)

// client is the generated one, with the tenant's admin key.
func (s *side) client(through http.RoundTripper) *client.Client {
	s.g.t.Helper()
	c, err := client.New(s.g.url, s.admin.Reveal(), &http.Client{Transport: through})
	must(s.g.t, err)
	return c
}

// begin starts the trigger t_echo and says which run it is.
func begin(t *testing.T, c *client.Client, key string) (id string, replayed bool) {
	t.Helper()
	message := "hi"
	started, err := c.RunTriggerWithResponse(t.Context(), "ws1", "t_echo", &client.RunTriggerParams{IdempotencyKey: &key}, client.RunWanted{Message: &message})
	must(t, err)
	return started.JSON202.ID.String(), started.HTTPResponse.Header.Get("Idempotent-Replayed") == "true"
}

func TestGoClientStartsARunOnceAndWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	c := ws1.client(nil)
	id, _ := begin(t, c, "first")
	if again, replayed := begin(t, c, "first"); again != id || !replayed {
		t.Errorf("a second start is run %s, replayed %t; want %s", again, replayed, id)
	}
	ended := make(chan *client.Run, 1)
	go func() {
		defer close(ended)
		if r, err := c.Wait(t.Context(), "ws1", id); err != nil {
			t.Error(err)
		} else {
			ended <- r
		}
	}()
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted, Response: map[string]any{"answer": "hi"}}, run.Record{Type: run.RunStarted})
	if r := <-ended; r == nil || r.Status != client.Completed || r.Response["answer"] != "hi" || r.FinishedAt == nil {
		t.Errorf("ended as %+v", r)
	}
	replayed, err := c.ReplayRunWithResponse(t.Context(), "ws1", id, nil, client.ReplayWanted{})
	if err != nil || replayed.JSON202.Cause.ReplayOf == nil || *replayed.JSON202.Cause.ReplayOf != id {
		t.Fatalf("replayed as %+v, %v", replayed, err)
	}
	listed, err := c.ListRunsWithResponse(t.Context(), "ws1", &client.ListRunsParams{Status: []client.RunStatus{client.Completed, client.Failed}})
	if err != nil || len(listed.JSON200.Items) != 1 {
		t.Errorf("%v %v", listed, err)
	}
}

func TestGoClientCancelsAndIsToldWhatWasRefused(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	c := ws1.client(nil)
	id, _ := begin(t, c, "first")
	cancelled, err := c.CancelRunWithResponse(t.Context(), "ws1", id, client.CancelRunJSONRequestBody{})
	if err != nil || cancelled.JSON202 == nil {
		t.Fatal(err)
	}
	if r, err := c.Wait(t.Context(), "ws1", id); err != nil || r.Status != client.Cancelled {
		t.Errorf("%+v %v", r, err)
	}
	_, err = c.CancelRunWithResponse(t.Context(), "ws1", id, client.CancelRunJSONRequestBody{})
	var refused *client.Error
	if !client.Refused(err, client.AlreadyFinished) || !errors.As(err, &refused) || refused.Status != http.StatusConflict || refused.RequestID == "" {
		t.Errorf("cancelled twice: %v", err)
	}
	_, err = c.CreateKeyWithResponse(t.Context(), "ws1", client.KeyWanted{Name: "x", Environments: []string{"MOON"}})
	if !errors.As(err, &refused) || refused.Code != client.Invalid || len(refused.Errors) != 2 {
		t.Errorf("a bad key: %+v", err)
	}
	body := client.PhiniteStartWanted{}
	if _, err = c.StartBackgroundWithResponse(t.Context(), "ws1", "none", "DEV", nil, body); !client.Refused(err, client.NotFound) || err.Error() != "Trigger not found" {
		t.Errorf("a published refusal: %v", err)
	}
}

func TestGoClientPutsBackWhatItRead(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	c := ws1.client(nil)
	read, err := c.GetTriggerWithResponse(t.Context(), "ws1", "t_echo")
	must(t, err)
	title, tag, old := "Echo", read.HTTPResponse.Header.Get("ETag"), *read.JSON200
	edited := client.TriggerWanted{Kind: old.Kind, Graph: old.Graph, Build: old.Build, Title: &title, Environments: old.Environments, ID: old.ID}
	put := func() error {
		_, err := c.PutTriggerWithResponse(t.Context(), "ws1", "t_echo", &client.PutTriggerParams{IfMatch: &tag}, edited)
		return err
	}
	must(t, put())
	if err := put(); !client.Refused(err, client.RevisionMismatch) {
		t.Errorf("an edit of what was edited meanwhile: %v", err)
	}
}

// shaky cuts every live view off after a few bytes more than the last one.
type shaky struct{ cut int64 }

func (s *shaky) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && resp.Header.Get("Content-Type") == "text/event-stream" {
		s.cut += 700
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, s.cut), resp.Body}
	}
	return resp, err
}

func TestGoClientFollowsARunOverBrokenConnections(t *testing.T) {
	t.Parallel()
	_, ws1, _ := onSQLite(t)
	line := &shaky{}
	c := ws1.client(line)
	id, _ := begin(t, c, "first")
	records := []run.Record{{Type: run.RunStarted}}
	for range 20 {
		records = append(records, run.Record{Type: run.LogLine, Data: []byte(`{"level":"info","message":"line"}`)})
	}
	ws1.end(run.Background, run.Outcome{Status: run.StatusCompleted}, records...)
	var ids, want []string
	for e, err := range c.Follow(t.Context(), "ws1", id, client.Beginning) {
		must(t, err)
		ids = append(ids, e.ID)
	}
	for i := range len(records) + 2 {
		want = append(want, strconv.Itoa(i))
	}
	if !slices.Equal(ids, want) || line.cut < 1400 {
		t.Errorf("saw %v over connections of up to %d bytes, want %v", ids, line.cut, want)
	}
	for e, err := range c.Follow(t.Context(), "ws1", id, "20") {
		must(t, err)
		if e.ID != "21" {
			t.Errorf("behind 20 comes %s", e.ID)
		}
		break
	}
	for _, err := range c.Follow(t.Context(), "ws1", "0199a4a5-0000-7000-8000-000000000000", client.Beginning) {
		if !client.Refused(err, client.NotFound) {
			t.Errorf("a run that does not exist: %v", err)
		}
	}
}
