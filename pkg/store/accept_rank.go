package store

import (
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// ranks are the places of starts among those of their workspace, from 1: first
// those whose caller waits on the line, of whom the workspace has waited. A start
// that repeats the key of one before it becomes no run and takes no place.
func ranks(items []starting) (ranks, waited []int) {
	ahead, behind := map[uuid.UUID]int{}, map[uuid.UUID]int{}
	ranks, waited = make([]int, len(items)), make([]int, len(items))
	repeats := repeats(items)
	for n, s := range items {
		if s.Run.Class == run.Sync && !repeats[n] {
			ahead[s.Run.Workspace]++
			ranks[n] = ahead[s.Run.Workspace]
		}
	}
	for n, s := range items {
		waited[n] = ahead[s.Run.Workspace]
		if s.Run.Class != run.Sync && !repeats[n] {
			behind[s.Run.Workspace]++
			ranks[n] = waited[n] + behind[s.Run.Workspace]
		}
	}
	return ranks, waited
}

// repeats says of each start whether one before it has its key.
func repeats(items []starting) []bool {
	seen, repeats := map[idempotency]bool{}, make([]bool, len(items))
	for n, s := range items {
		if s.keyed() {
			repeats[n] = seen[s.idempotency()]
			seen[s.idempotency()] = true
		}
	}
	return repeats
}
