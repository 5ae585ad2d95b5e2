package chaos

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// mirror is a world that is careless with what it is told: every answer repeats
// the caller's credentials, in headers, bodies, errors and redirects.
type mirror struct {
	server *httptest.Server

	mu   sync.Mutex
	told []string // the Authorization of every call
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{}
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", m.careless(func(w http.ResponseWriter, credentials string) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"plain": credentials, "inside": "x=" + url.QueryEscape(credentials), credentials: true,
			"base64": base64.StdEncoding.EncodeToString([]byte("user:" + credentials)),
		})
	}))
	mux.HandleFunc("/text", m.careless(func(w http.ResponseWriter, credentials string) {
		fmt.Fprintf(w, "you are %s", credentials)
	}))
	mux.HandleFunc("/fail", m.careless(func(w http.ResponseWriter, credentials string) {
		http.Error(w, "cannot serve "+credentials, http.StatusInternalServerError)
	}))
	mux.HandleFunc("/forbid", m.careless(func(w http.ResponseWriter, credentials string) {
		http.Error(w, "no such user: "+credentials, http.StatusForbidden)
	}))
	mux.HandleFunc("/redirect", m.careless(func(w http.ResponseWriter, credentials string) {
		w.Header().Set("Location", "http://10.0.0.1/?user="+url.QueryEscape(credentials))
		w.WriteHeader(http.StatusFound)
	}))
	mux.HandleFunc("/cut", m.careless(func(w http.ResponseWriter, credentials string) {
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprintf(w, `{"who": "%s`, credentials)
	}))
	mux.HandleFunc("/refusing/chat/completions", m.careless(func(w http.ResponseWriter, credentials string) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error": {"message": "Incorrect API key provided: %s.", "type": "invalid_request_error"}}`, credentials)
	}))
	mux.HandleFunc("/answering/chat/completions", m.careless(func(w http.ResponseWriter, credentials string) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"choices": [{"message": {"role": "assistant", "content": "Your key is %s."}, "finish_reason": "stop"}], "usage": {}}`, credentials)
	}))
	m.server = httptest.NewServer(mux)
	t.Cleanup(m.server.Close)
	return m
}

func (m *mirror) careless(answer func(w http.ResponseWriter, credentials string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		credentials := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		m.mu.Lock()
		m.told = append(m.told, credentials)
		m.mu.Unlock()
		w.Header().Set("X-You-Are", credentials)
		answer(w, credentials)
	}
}

// heard says whether somebody showed these credentials.
func (m *mirror) heard(credentials string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, told := range m.told {
		if told == credentials {
			return true
		}
	}
	return false
}

func (m *mirror) address() string { return strings.TrimPrefix(m.server.URL, "http://") }
