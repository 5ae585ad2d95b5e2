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

	mu      sync.Mutex
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
	if v, ok := m.recall(key); ok {
		return v
	}
	v := work()
	m.remember(key, v)
	return v
}

func (m *Memo[K, V]) recall(key K) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.answers[key]
	if !ok {
		return value, false
	}
	m.recent.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

func (m *Memo[K, V]) remember(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.answers[key]; known {
		return
	}
	if m.answers == nil {
		m.answers = map[K]*list.Element{}
	}
	m.answers[key] = m.recent.PushFront(entry[K, V]{key, value})
	if m.recent.Len() > m.Size {
		oldest := m.recent.Remove(m.recent.Back()).(entry[K, V])
		delete(m.answers, oldest.key)
	}
}
