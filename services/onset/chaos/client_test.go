package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// client speaks to the fleet as a customer does.
type client struct {
	base string
	key  string
	http *http.Client
}

func newClient(base, key string) client {
	return client{base, key, &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}}
}

// answer is what a call got. A call that got none is an error instead.
type answer struct {
	code  int
	retry string // Retry-After
	took  time.Duration

	ID       string         `json:"workflow_id"`
	Status   string         `json:"status"`
	Response map[string]any `json:"response"`
	Error    *string        `json:"error"`
}

func (a answer) run() uuid.UUID {
	id, _ := uuid.Parse(a.ID) // checked where it matters: the row exists
	return id
}

// do makes one call. Only a 200 of the published surface has a body to read.
func (c client) do(ctx context.Context, method, path, key, body string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	sent := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	a.code, a.retry, a.took = resp.StatusCode, resp.Header.Get("Retry-After"), time.Since(sent)
	if a.code == http.StatusOK {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

// start asks for a background run.
func (c client) start(ctx context.Context, trigger, key, message string) (answer, error) {
	return c.do(ctx, http.MethodPost, "/trigger/start/chaos/"+trigger+"/DEV", key, fmt.Sprintf(`{"message": %q}`, message))
}

// status asks how a run stands.
func (c client) status(ctx context.Context, id uuid.UUID) (answer, error) {
	return c.do(ctx, http.MethodGet, "/trigger/status/chaos/"+id.String(), "", "")
}

// started is a background run that has to be accepted.
func (c client) started(t *testing.T, trigger, message string) uuid.UUID {
	t.Helper()
	a, err := c.start(t.Context(), trigger, "", message)
	if err != nil || a.code != http.StatusOK {
		t.Fatalf("start %s: %+v %v", trigger, a, err)
	}
	return a.run()
}

// ended waits for the end of a run and gives it.
func (c client) ended(t *testing.T, id uuid.UUID) (a answer) {
	t.Helper()
	until(t, "run "+id.String()+" ends", func() bool {
		var err error
		a, err = c.status(t.Context(), id)
		return err == nil && a.code == http.StatusOK && a.Status != "pending"
	})
	return a
}

// cancel asks for the end of a run.
func (c client) cancel(t *testing.T, id uuid.UUID) int {
	t.Helper()
	a, err := c.do(t.Context(), http.MethodPost, "/api/v1/workspaces/chaos/runs/"+id.String()+"/cancel", "", "{}")
	if err != nil {
		t.Fatal(err)
	}
	return a.code
}
