package store

import (
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// share is what the starts of one workspace ask for together.
type share struct {
	workspace uuid.UUID
	// asked is how many they are, ahead how many of them have a caller who waits on
	// the line.
	asked, ahead int
	// upon is the count of changes that they rest upon.
	upon int64
}

// shares are those of the workspaces of a batch. They are alike when the starts
// bear no keys and those of each workspace rest upon the same count: then all of
// a workspace become runs, or none, as far as there is room.
func shares(items []starting) (shares []share, alike bool) {
	places := map[uuid.UUID]int{}
	alike = true
	for _, s := range items {
		n, known := places[s.Run.Workspace]
		if !known {
			n = len(shares)
			places[s.Run.Workspace] = n
			shares = append(shares, share{workspace: s.Run.Workspace, upon: s.upon})
		}
		shares[n].asked++
		if s.Run.Class == run.Sync {
			shares[n].ahead++
		}
		alike = alike && !s.keyed() && s.upon == shares[n].upon
	}
	return shares, alike
}

// ranks are the places of starts among those of their workspace, from 1: first
// those whose caller waits on the line.
func ranks(items []starting, shares []share) []int {
	behind := make(map[uuid.UUID]int, len(shares))
	for _, s := range shares {
		behind[s.workspace] = s.ahead
	}
	ahead := map[uuid.UUID]int{}
	ranks := make([]int, len(items))
	for n, s := range items {
		next := behind
		if s.Run.Class == run.Sync {
			next = ahead
		}
		next[s.Run.Workspace]++
		ranks[n] = next[s.Run.Workspace]
	}
	return ranks
}
