package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

//go:embed services.json incidents.json
var catalogue embed.FS

// desk is the world around the incident-triage sample: a service catalogue that
// is looked up, and a ticket tracker that forgets everything at the end of the
// process.
type desk struct {
	services  map[string]json.RawMessage
	incidents map[string]json.RawMessage

	mu      sync.Mutex
	tickets []ticket
	byKey   map[string]ticket // by Idempotency-Key
}

// ticket is what the tracker keeps.
type ticket struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Service  string `json:"service"`
	Assignee string `json:"assignee"`
	Severity string `json:"severity"`
	Reason   string `json:"reason"`
}

func newDesk() (*desk, error) {
	d := &desk{byKey: map[string]ticket{}}
	for file, into := range map[string]*map[string]json.RawMessage{"services.json": &d.services, "incidents.json": &d.incidents} {
		raw, err := catalogue.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return d, nil
}

func (d *desk) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /services/{service}", d.service)
	mux.HandleFunc("GET /services/{service}/incidents", d.history)
	mux.HandleFunc("POST /tickets", d.open)
	mux.HandleFunc("GET /tickets", d.list)
}

func (d *desk) service(w http.ResponseWriter, r *http.Request) {
	s, ok := d.services[r.PathValue("service")]
	if !ok {
		answer(w, http.StatusNotFound, map[string]string{"error": "nobody has catalogued this service"})
		return
	}
	answer(w, http.StatusOK, s)
}

func (d *desk) history(w http.ResponseWriter, r *http.Request) {
	past, ok := d.incidents[r.PathValue("service")]
	if !ok {
		past = json.RawMessage("[]")
	}
	answer(w, http.StatusOK, past)
}

// open makes a ticket, or finds the one that the same Idempotency-Key made.
func (d *desk) open(w http.ResponseWriter, r *http.Request) {
	var t ticket
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&t); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "a ticket is a JSON object"})
		return
	}
	status := http.StatusOK
	d.mu.Lock()
	key := r.Header.Get("Idempotency-Key")
	old, known := d.byKey[key]
	if key != "" && known {
		t = old
	} else {
		status = http.StatusCreated
		t.ID = fmt.Sprintf("INC-%d", 1001+len(d.tickets))
		d.tickets = append(d.tickets, t)
		d.byKey[key] = t
	}
	d.mu.Unlock()
	answer(w, status, t)
}

func (d *desk) list(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	tickets := append([]ticket{}, d.tickets...)
	d.mu.Unlock()
	answer(w, http.StatusOK, tickets)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up is no failure of ours
}
