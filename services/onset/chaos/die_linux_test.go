package chaos

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dieWithUs makes the kernel kill a process when this one is gone, however it
// went: a test that runs out of time calls no cleanup.
func dieWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// still says that every thread of a process is stopped.
func still(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		// The state stands behind the name, which is in parentheses.
		if _, state, _ := bytes.Cut(stat, []byte(") ")); err != nil || !bytes.HasPrefix(state, []byte("T")) {
			return false
		}
	}
	return true
}
