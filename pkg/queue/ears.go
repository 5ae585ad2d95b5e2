package queue

import "sync"

// ears are those of this process: what is told here reaches them without Redis.
type ears[T any] struct {
	mu  sync.Mutex
	all map[int]func(T)
	n   int
}

// listen adds an ear until leave is called.
func (e *ears[T]) listen(heard func(T)) (leave func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.n++
	n := e.n
	if e.all == nil {
		e.all = map[int]func(T){}
	}
	e.all[n] = heard
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.all, n)
	}
}

func (e *ears[T]) tell(what T) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, heard := range e.all {
		heard(what)
	}
}
