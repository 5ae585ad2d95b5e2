package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// call asks the desk and reads its answer.
func call(t *testing.T, d *desk, method, path, key, body string) (status int, answer any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	mux := http.NewServeMux()
	d.register(mux)
	mux.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Code, answer
}

func TestDeskKnowsItsServices(t *testing.T) {
	t.Parallel()
	d, err := newDesk()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path   string
		status int
		field  string
	}{
		{"/services/checkout", http.StatusOK, "owner"},
		{"/services/nobody", http.StatusNotFound, "error"},
	} {
		status, got := call(t, d, http.MethodGet, c.path, "", "")
		if doc, _ := got.(map[string]any); status != c.status || doc[c.field] == nil {
			t.Errorf("%s: %d %v", c.path, status, got)
		}
	}
	if _, past := call(t, d, http.MethodGet, "/services/checkout/incidents", "", ""); len(past.([]any)) == 0 {
		t.Error("checkout never had an incident")
	}
	if _, past := call(t, d, http.MethodGet, "/services/nobody/incidents", "", ""); len(past.([]any)) != 0 {
		t.Errorf("nobody had %v", past)
	}
}

func TestSameKeyIsOneTicket(t *testing.T) {
	t.Parallel()
	d, err := newDesk()
	if err != nil {
		t.Fatal(err)
	}
	open := func(key string) (int, any) {
		status, got := call(t, d, http.MethodPost, "/tickets", key, `{"title": "checkout is down", "service": "checkout"}`)
		return status, got.(map[string]any)["id"]
	}
	for _, c := range []struct {
		key    string
		status int
		id     string
	}{
		{"a", http.StatusCreated, "INC-1001"},
		{"b", http.StatusCreated, "INC-1002"},
		{"a", http.StatusOK, "INC-1001"},
		{"", http.StatusCreated, "INC-1003"},
		{"", http.StatusCreated, "INC-1004"},
	} {
		if status, id := open(c.key); status != c.status || id != c.id {
			t.Errorf("key %q: %d %v, want %d %s", c.key, status, id, c.status, c.id)
		}
	}
	_, all := call(t, d, http.MethodGet, "/tickets", "", "")
	var ids []any
	for _, one := range all.([]any) {
		ids = append(ids, one.(map[string]any)["id"])
	}
	if diff := cmp.Diff([]any{"INC-1001", "INC-1002", "INC-1003", "INC-1004"}, ids); diff != "" {
		t.Error(diff)
	}
	if status, _ := call(t, d, http.MethodPost, "/tickets", "", `[`); status != http.StatusBadRequest {
		t.Errorf("half a ticket is %d", status)
	}
}
