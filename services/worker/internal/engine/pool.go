package engine

import (
	"sync"

	"github.com/onsethq/onset/pkg/run"
)

// pool is the slots of one class and the bell that says to look for work.
type pool struct {
	class run.Class
	slots chan struct{} // holds one token for each run under way
	bell  chan struct{}
	next  chan func() // hands an attempt to a goroutine that has none
}

func newPool(class run.Class, slots int) *pool {
	return &pool{class: class, slots: make(chan struct{}, slots), bell: make(chan struct{}, 1), next: make(chan func())}
}

// do gives an attempt to a goroutine that has done with another one, or to a new
// one of the group: a stack that has grown for one run is large enough for the
// next.
func (p *pool) do(g *sync.WaitGroup, attempt func()) {
	select {
	case p.next <- attempt:
	default:
		g.Go(func() { p.work(attempt) })
	}
}

// work makes attempts, one after the other, until the pool is closed.
func (p *pool) work(attempt func()) {
	for more := true; more; attempt, more = <-p.next {
		attempt()
	}
}

// close lets the goroutines end, each behind the attempt that it makes. Nothing
// is begun any more.
func (p *pool) close() { close(p.next) }

// wake asks for a look; one that is already asked for is enough.
func (p *pool) wake() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

func (p *pool) free() int { return cap(p.slots) - len(p.slots) }

// take occupies a slot; only the claiming loop does, so a free one stays free
// until it asks.
func (p *pool) take() { p.slots <- struct{}{} }

// give frees a slot and looks for what waited for it.
func (p *pool) give() {
	<-p.slots
	p.wake()
}
