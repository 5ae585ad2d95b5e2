package api

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/fault"
)

// Metrics count answers.
type Metrics struct {
	seconds *prometheus.HistogramVec
	refused *prometheus.CounterVec
	wrong   prometheus.Counter
	missing prometheus.Counter
}

// NewMetrics registers the gateway's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "onset_http_request_seconds",
			Help:    "Time from a request's headers to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30, 150},
		}, []string{"surface", "method", "route", "status"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onset_http_refused_total",
			Help: "Requests and connections that were refused, by the limit that they are beyond or else by the code of the error.",
		}, []string{"reason"}),
		wrong: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onset_http_wrong_keys_total",
			Help: "Well-formed keys that opened nothing, of all addresses: somebody guesses, or an old key is still in use.",
		}),
		missing: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onset_audit_missing_total",
			Help: "Changes that were made and could not be written to the audit log; the log of the process names each.",
		}),
	}
	r.MustRegister(m.seconds, m.refused, m.wrong, m.missing)
	return m
}

// ConnectionRefused counts a connection that was closed because its address
// holds too many.
func (m *Metrics) ConnectionRefused() { m.refused.WithLabelValues("connections").Inc() }

// note counts and logs an answer: never what was sent, and the cause of an
// error only when it is ours. A database that is away fails every call alike,
// and who sends too much is refused as often: one line a second says so, and the
// metric counts them all.
func (a *API) note(c *Call, s *Surface, route string, status int, err error) {
	took := a.Now().Sub(c.began)
	a.Metrics.seconds.WithLabelValues(s.Name, c.Request.Method, route, strconv.Itoa(status)).Observe(took.Seconds())
	if err != nil {
		a.Metrics.refused.WithLabelValues(cmp.Or(c.refused, string(fault.Of(err).Code))).Inc()
	}
	level := slog.LevelDebug
	ctx := c.Request.Context()
	switch {
	case ctx.Err() != nil: // the caller has left; nobody read this answer
	case errors.Is(err, fault.Unavailable) && !a.outages.pass(a.Now()):
	case errors.Is(err, fault.RateLimited) && !a.floods.pass(a.Now()):
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
		level = slog.LevelInfo
	}
	if !a.Log.Enabled(ctx, level) {
		return
	}
	about := []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("route", route), slog.Int("status", status),
		slog.Int64("ms", took.Milliseconds()), slog.String("request_id", c.ID),
	}
	if c.Workspace.ID != uuid.Nil {
		about = append(about, slog.String("workspace", c.Workspace.Name), slog.String("key_id", c.Key.ID.String()))
	}
	if err != nil {
		about = append(about, slog.String("code", string(fault.Of(err).Code)))
	}
	if level == slog.LevelError {
		about = append(about, slog.Any("error", err))
	}
	a.Log.LogAttrs(ctx, level, "request", about...)
}
