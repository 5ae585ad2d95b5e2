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
	fits(ctx context.Context) (bool, error)
	admit(ctx context.Context, class run.Class, limit int) ([]run.Lease, error)
	claim(ctx context.Context, class run.Class, worker string, limit int) ([]Claim, error)
	beat(ctx context.Context, leases []run.Lease) (map[uuid.UUID]Beat, error)
	append(ctx context.Context, items []entry) ([]answer[none], error)
	leave(ctx context.Context, items []leaving) ([]answer[none], error)
	deliver(ctx context.Context, items []*delivering) ([]answer[none], error)
}

// none is the value of an answer that is only yes or no.
type none struct{}

// plain is the life of runs as transactions of plain statements.
type plain struct{ s *Store }

// flushers are the batchers of a store: one per kind of write, and one per
// question that every call asks.
type flushers struct {
	accept batcher[starting, run.Accepted]
	append batcher[entry, none]
	leave  batcher[leaving, none]
	// deliver keeps deliveries that start nothing.
	deliver batcher[*delivering, none]

	login  batcher[presented, login]
	target batcher[aim, Target]
	enter  batcher[entering, Entry]
	hook   batcher[hooking, Hooked]
	read   batcher[address, run.Run]
	tail   batcher[tailing, []run.Record]
	look   batcher[looking, Sight]
	still  batcher[recalling, bool]
}

// serve starts the flushers over h. A merged question begins after the request
// that asked it, so its answer is as fresh as one of its own. What every call
// asks waits a moment for company where there is some: it costs a caller nothing
// that the processor would not have cost, and a sixth of the processor is free.
func (s *Store) serve(h hot) {
	s.hot = h
	s.flush = &flushers{
		accept:  batcher[starting, run.Accepted]{flush: h.accept, size: starting.size, resolve: s.startOutcome, patience: groupWait, company: acceptCompany},
		append:  batcher[entry, none]{flush: h.append, size: entry.size, resolve: s.appendOutcome, patience: groupWait, company: groupCompany},
		leave:   batcher[leaving, none]{flush: h.leave, size: leaving.size, resolve: s.leaveOutcome, patience: leaveWait, company: leaveCompany},
		deliver: batcher[*delivering, none]{flush: h.deliver, size: (*delivering).size, patience: groupWait, company: groupCompany},

		login:  batcher[presented, login]{flush: asked(s, logins, loginOf), size: presented.size, harmless: true, patience: groupWait, company: groupCompany},
		target: batcher[aim, Target]{flush: asked(s, targets, targetOf), size: aim.size, harmless: true, patience: groupWait, company: groupCompany},
		enter:  batcher[entering, Entry]{flush: asked(s, entries, entryOf), size: entering.size, harmless: true, patience: groupWait, company: groupCompany},
		hook:   batcher[hooking, Hooked]{flush: asked(s, hookings, hookedOf), size: hooking.size, harmless: true, patience: groupWait, company: groupCompany},
		read:   batcher[address, run.Run]{flush: asked(s, readings, runOf), size: address.size, harmless: true},
		tail:   batcher[tailing, []run.Record]{flush: asked(s, tails, recordsOf), size: tailing.size, harmless: true},
		look:   batcher[looking, Sight]{flush: once(s.look), size: looking.size, harmless: true, patience: groupWait, company: groupCompany},
		still:  batcher[recalling, bool]{flush: asked(s, proofs, same), size: recalling.size, harmless: true, patience: groupWait, company: groupCompany},
	}
	for _, f := range []flusher{&s.flush.accept, &s.flush.append, &s.flush.leave, &s.flush.deliver, &s.flush.login, &s.flush.target, &s.flush.enter, &s.flush.hook, &s.flush.read, &s.flush.tail, &s.flush.look, &s.flush.still} {
		f.start(1)
		s.closers = append(s.closers, f.stop)
	}
}

// flusher is a batcher, whatever it carries.
type flusher interface {
	start(flushers int)
	stop() error
}
