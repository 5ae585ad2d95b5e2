package boot

import "context"

// foundation is what every program has below its services: the health of the
// database, the metrics, the bells and the look at the clock.
func (e *Env) foundation() ([]Service, error) {
	l, err := Listen("ONSET_ADMIN_ADDR", e.Settings.AdminAddr)
	if err != nil {
		return nil, err
	}
	e.OnClose(l.Close)
	e.Settings.AdminAddr = l.Addr().String()

	e.Health.Check("database", e.Store.Ping)
	if err := e.Metrics.Register(e.Queue); err != nil {
		return nil, err
	}
	return []Service{
		admin{env: e, listener: l},
		bells{e.Queue},
		clock{database: e.Store, health: e.Health, log: e.Log, now: e.Now},
	}, nil
}

// ringer is what bells needs of the queue.
type ringer interface {
	Run(ctx context.Context) error
}

// bells sends what the services ring.
type bells struct{ queue ringer }

func (b bells) Name() string                  { return "bells" }
func (b bells) Run(ctx context.Context) error { return b.queue.Run(ctx) }
