package gateway

import (
	"bytes"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onsethq/onset/pkg/boot"
)

// recorder takes an answer without a connection.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// fresh is the gate's environment for a second door in the same process.
func fresh(g *gate) *boot.Env {
	env := *g.env
	env.Metrics = prometheus.NewRegistry()
	return &env
}
