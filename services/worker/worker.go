// Package worker is the door through which runs leave: it claims them, executes
// their graphs and writes how they end.
package worker

import (
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/worker/internal/engine"
)

// Module makes the worker of a process.
func Module(env *boot.Env) (boot.Service, error) {
	s := env.Settings
	door := egress.Door{Allow: s.EgressAllow, PlainHTTP: s.Mode == boot.Local}
	return service{&engine.Worker{
		ID:      env.Instance,
		Store:   env.Store.Fleet(),
		Bells:   env.Queue,
		Kinds:   env.Kinds,
		HTTP:    door.Client(),
		Secrets: env.Keyring,
		Links:   link.Signer{Key: env.Keyring.Derive(link.Purpose), Base: s.BaseURL()},
		Slots:   map[run.Class]int{run.Background: s.Concurrency, run.Sync: (s.Concurrency + 1) / 2},
		Terms:   run.Terms{Lease: s.Lease},
		Poll:    s.Poll,
		Drain:   s.Drain,
		Now:     env.Now,
		Log:     env.Log,
		Meter:   engine.NewMeter(env.Metrics),
	}}, nil
}

type service struct{ *engine.Worker }

// Name is the worker's word in logs.
func (service) Name() string { return "worker" }
