package engine

import "github.com/onsethq/onset/pkg/run"

// pool is the slots of one class and the bell that says to look for work.
type pool struct {
	class run.Class
	slots chan struct{} // holds one token for each run under way
	bell  chan struct{}
}

func newPool(class run.Class, slots int) *pool {
	return &pool{class: class, slots: make(chan struct{}, slots), bell: make(chan struct{}, 1)}
}

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
