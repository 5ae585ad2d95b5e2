package boot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
	"github.com/onsethq/onset/pkg/queue"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
)

// Env is what the services of one process share. Backends open the store, the
// queue and the keyring; everything in it is there before the first module is
// made.
type Env struct {
	Settings Settings
	Log      *slog.Logger
	Now      func() time.Time
	// Instance names this process among all: host, process id and a random end.
	Instance string

	Store   *store.Store
	Queue   *queue.Queue
	Keyring *secret.Keyring
	Kinds   node.Registry
	// Alone says that no other process can have this database open. Whatever
	// lease is found at start then belongs to the dead.
	Alone bool

	Metrics *prometheus.Registry
	Health  *Health

	ends []func() error
}

// newEnv makes an environment without backends.
func newEnv(s Settings, log *slog.Logger) *Env {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return &Env{
		Settings: s,
		Log:      log,
		Now:      time.Now,
		Instance: instance(),
		Kinds:    node.NewRegistry(kinds.All()...),
		Metrics:  metrics,
		Health:   NewHealth(),
	}
}

// Listen opens ONSET_ADDR. When its port is 0, Settings.Addr becomes the
// address that was given, so that BaseURL is true for the modules after.
func (e *Env) Listen() (net.Listener, error) {
	l, err := Listen("ONSET_ADDR", e.Settings.Addr)
	if err != nil {
		return nil, err
	}
	e.OnClose(l.Close)
	e.Settings.Addr = l.Addr().String()
	return l, nil
}

// OnClose remembers what has to be closed when the program ends, or does not
// even start; the last comes first. Call it on the line after the thing exists.
func (e *Env) OnClose(end func() error) { e.ends = append(e.ends, end) }

func (e *Env) close() {
	for _, end := range slices.Backward(e.ends) {
		if err := end(); err != nil && !errors.Is(err, net.ErrClosed) {
			e.Log.Warn("cannot close", "error", err)
		}
	}
}

func instance() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:6])
}
