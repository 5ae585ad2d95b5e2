// Package queue rings: it tells workers that runs may be ready, dispatchers
// that starts wait, and gateways that a run has ended or gone on.
//
// Nothing here is a promise. A bell may ring never, once or many times, late or
// at the wrong worker; the rows in the database are the truth, and whoever
// hears nothing looks there. So nothing that rings can fail or wait, Redis may
// be away for as long as it likes, and losing all of it costs seconds.
//
// Two ways lead to the same ear. A bell is an asynq task that names up to 64
// runs: durable, visible to asynq's own tools and to autoscalers, picked up
// within BellPoll. A nudge is a PUBLISH beside it: gone when nobody listens,
// but there within a millisecond. asynq's retries, leases, unique locks and
// archive decide nothing about a run.
package queue

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/onsethq/onset/pkg/run"
)

// Options are what a Queue may be told; the zero value works.
type Options struct {
	// Namespace stands before every key and channel, so that several fleets
	// (or tests) can share one Redis.
	Namespace string
	// BellPoll is how often a listener looks for bells that no nudge
	// announced. Shipped: 1 s.
	BellPoll time.Duration
	Log      *slog.Logger
}

// Queue rings and listens. Its methods may be called from anywhere at any time;
// what they ring goes out while Run runs.
type Queue struct {
	client redis.UniversalClient
	tasks  *asynq.Client
	names  names
	poll   time.Duration
	log    *slog.Logger

	// id tells what we announced from what others did.
	id      string
	rung    atomic.Uint64
	out     *outbox
	ears    ears[map[uuid.UUID]bool]
	voices  ears[[]run.Delta]
	metrics *metrics

	mu         sync.Mutex
	generation string // guarded by mu; empty before the first look
}

// New makes a queue on a client that Dial made. The client stays the caller's
// to close, after Run and every listener have returned.
func New(client redis.UniversalClient, o Options) *Queue {
	if o.BellPoll <= 0 {
		o.BellPoll = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Queue{
		client:  client,
		tasks:   asynq.NewClientFromRedisClient(client),
		names:   names{space: o.Namespace},
		poll:    o.BellPoll,
		log:     o.Log,
		id:      uuid.NewString(),
		out:     newOutbox(),
		metrics: newMetrics(),
	}
}

// names are the words on Redis.
type names struct{ space string }

func (n names) queue(c run.Class) string { return n.space + "onset-" + string(c) }
func (n names) nudges() string           { return n.space + "onset:nudge" }
func (n names) knocks() string           { return n.space + "onset:knock" }
func (n names) done() string             { return n.space + "onset:done" }
func (n names) said() string             { return n.space + "onset:said" }
func (n names) generation() string       { return n.space + "onset:gen" }
