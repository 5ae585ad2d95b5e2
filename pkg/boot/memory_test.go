package boot

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// The test is alone: there is one limit for the whole process.
func TestHeapStaysWithinWhatTheContainerMayHave(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "") // comes back as it was
	if err := os.Unsetenv("GOMEMLIMIT"); err != nil {
		t.Fatal(err)
	}
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	stayWithin(func() (uint64, error) { return 0, memlimit.ErrNoLimit })
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("without a limit the heap has %d bytes, want %d", got, before)
	}
	stayWithin(memlimit.Limit(1_000_000_000))
	if got := debug.SetMemoryLimit(-1); got != 900_000_000 {
		t.Errorf("in a container of a gigabyte the heap has %d bytes, want nine tenths", got)
	}
	t.Setenv("GOMEMLIMIT", "900000000")
	stayWithin(memlimit.Limit(2_000_000_000))
	if got := debug.SetMemoryLimit(-1); got != 900_000_000 {
		t.Errorf("the operator has said 900000000 bytes, and the heap has %d", got)
	}
}
