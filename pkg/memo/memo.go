// Package memo remembers the answers of a pure function for the questions that
// were asked last.
package memo

import (
	"container/list"
	"sync"
)

// Memo remembers up to Size answers and forgets the one that was not asked for
// the longest. It is ready to use as a literal and safe for many goroutines.
type Memo[K comparable, V any] struct {
	Size int
	// Weigh says how much of Size an answer takes; nil: each takes one.
	Weigh func(V) int

	mu      sync.Mutex
	weight  int
	answers map[K]*list.Element
	recent  list.List // of entry[K, V], the last asked in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// Get is the remembered answer, or that of work. Two goroutines that ask at the
// same time may both work: waiting for each other would let a slow question
// hold up the others.
func (m *Memo[K, V]) Get(key K, work func() V) V {
	if v, ok := m.Recall(key); ok {
		return v
	}
	v := work()
	m.Remember(key, v)
	return v
}

// Recall is the remembered answer, if there is one.
func (m *Memo[K, V]) Recall(key K) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.answers[key]
	if !ok {
		return value, false
	}
	m.recent.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

// Remember keeps an answer, in the place of one that was there.
func (m *Memo[K, V]) Remember(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, known := m.answers[key]; known {
		m.drop(e)
	}
	if m.answers == nil {
		m.answers = map[K]*list.Element{}
	}
	m.answers[key] = m.recent.PushFront(entry[K, V]{key, value})
	m.weight += m.weigh(value)
	for m.weight > m.Size {
		m.drop(m.recent.Back())
	}
}

func (m *Memo[K, V]) drop(e *list.Element) {
	old := m.recent.Remove(e).(entry[K, V])
	delete(m.answers, old.key)
	m.weight -= m.weigh(old.value)
}

func (m *Memo[K, V]) weigh(value V) int {
	if m.Weigh == nil {
		return 1
	}
	return m.Weigh(value)
}

// Forget lets go of everything.
func (m *Memo[K, V]) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers, m.weight = nil, 0
	m.recent.Init()
}
