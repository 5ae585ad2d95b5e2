package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/fault"
)

func TestOutageIsALineASecond(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1_700_000_000, 0)
	a := &API{Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.NewTextHandler(&out, nil)), Now: func() time.Time { return now }}
	c := &Call{Request: httptest.NewRequest(http.MethodPost, "/", nil)}
	away := fault.Wrap(errors.New("connection refused"), fault.Unavailable, "away")
	for range 3 {
		for range 100 {
			a.note(c, &Surface{}, "/", http.StatusServiceUnavailable, away)
		}
		now = now.Add(time.Second)
	}
	if n := strings.Count(out.String(), "connection refused"); n != 3 {
		t.Errorf("three seconds of an outage are %d lines", n)
	}
	a.note(c, &Surface{}, "/", http.StatusInternalServerError, errors.New("a mistake of ours"))
	a.note(c, &Surface{}, "/", http.StatusInternalServerError, errors.New("a mistake of ours"))
	if n := strings.Count(out.String(), "a mistake of ours"); n != 2 {
		t.Errorf("two mistakes of ours are %d lines", n)
	}
}
