package store

import (
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// ranks are the places of starts among those of their workspace, from 1: first
// those whose caller waits on the line, of whom the workspace has waited.
func ranks(items []starting) (ranks, waited []int) {
	ahead, behind := map[uuid.UUID]int{}, map[uuid.UUID]int{}
	ranks, waited = make([]int, len(items)), make([]int, len(items))
	for n, s := range items {
		if s.Run.Class == run.Sync {
			ahead[s.Run.Workspace]++
			ranks[n] = ahead[s.Run.Workspace]
		}
	}
	for n, s := range items {
		waited[n] = ahead[s.Run.Workspace]
		if s.Run.Class != run.Sync {
			behind[s.Run.Workspace]++
			ranks[n] = waited[n] + behind[s.Run.Workspace]
		}
	}
	return ranks, waited
}
