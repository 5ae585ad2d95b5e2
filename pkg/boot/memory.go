package boot

import (
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// How far the heap may grow between two collections, in percent of what is alive.
// Little is alive here, a few megabytes, so at the usual 100 a busy process
// collects all the time: a tenth of what it computes. The program that is
// everything in one runs beside other things on somebody's machine, and takes less
// memory instead.
const (
	garbage       = 600
	modestGarbage = 300
)

// collectLess lets the heap grow further, unless the operator has said how far.
func collectLess(variables map[string]string, mode Mode) {
	switch {
	case variables["GOGC"] != "":
	case mode == Local:
		debug.SetGCPercent(modestGarbage)
	default:
		debug.SetGCPercent(garbage)
	}
}

// filled is the share of a container's memory at which the heap does not grow any
// further, however far it might: the rest is for what is not on it.
const filled = 0.9

// stayWithin collects more as the heap comes near the limit of the container, unless
// the operator has said where it is (GOMEMLIMIT). Where nothing limits the process
// it does nothing.
func stayWithin(limit memlimit.Provider) {
	_, _ = memlimit.SetGoMemLimitWithProvider(limit, filled) // fails when there is no limit
}

// giveBack returns what starting has used and nothing needs any more: schemas,
// migrations and grammars are read once, and a process that waits for its first
// call makes no garbage that would have it collected.
func giveBack() { debug.FreeOSMemory() }
