package graph

import "sync"

// Memo remembers what was made of a node, for all runs of its build. A build never
// changes, so it is made once.
type Memo struct {
	once sync.Once
	made any
	err  error
}

// Made is what make gives, or gave to whoever asked first. It is shared: nobody
// writes to it.
func (m *Memo) Made(make func() (any, error)) (any, error) {
	m.once.Do(func() { m.made, m.err = make() })
	return m.made, m.err
}
