package chaos

import "syscall"

// dieWithUs makes the kernel kill a process when this one is gone, however it
// went: a test that runs out of time calls no cleanup.
func dieWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
