package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// hot is the part of the run's life that every run goes through, as a database
// does it best: batched on Postgres, one statement per batch; plain on SQLite,
// one transaction per batch. Every method is one transaction and answers its
// items in order.
type hot interface {
	accept(ctx context.Context, items []starting) ([]answer[run.Accepted], error)
	admit(ctx context.Context, class run.Class, limit int) ([]run.Lease, error)
	claim(ctx context.Context, class run.Class, worker string, limit int) ([]Claim, error)
	beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]Beat, error)
	append(ctx context.Context, items []entry) ([]answer[none], error)
	leave(ctx context.Context, items []leaving) ([]answer[none], error)
	read(ctx context.Context, items []address) ([]answer[run.Run], error)
}

// none is the value of an answer that is only yes or no.
type none struct{}

// plain is the life of runs as transactions of plain statements.
type plain struct{ s *Store }

// flushers are the batchers of a store, one per kind of write.
type flushers struct {
	accept batcher[starting, run.Accepted]
	append batcher[entry, none]
	leave  batcher[leaving, none]
	read   batcher[address, run.Run]
}

// serve starts the flushers over h. Reads are merged but never wait: a merged
// read begins after the request that asked for it, so it is as fresh as one of
// its own.
func (s *Store) serve(h hot) {
	s.hot = h
	s.flush = &flushers{
		accept: batcher[starting, run.Accepted]{flush: h.accept, size: starting.size, resolve: s.startOutcome, patience: groupWait},
		append: batcher[entry, none]{flush: h.append, size: entry.size, resolve: s.appendOutcome, patience: groupWait},
		leave:  batcher[leaving, none]{flush: h.leave, size: leaving.size, resolve: s.leaveOutcome, patience: groupWait},
		read:   batcher[address, run.Run]{flush: h.read, size: address.size, resolve: s.readAgain},
	}
	s.flush.accept.start(1)
	s.flush.append.start(1)
	s.flush.leave.start(1)
	s.flush.read.start(2)
	s.closers = append(s.closers, s.flush.accept.stop, s.flush.append.stop, s.flush.leave.stop, s.flush.read.stop)
}
