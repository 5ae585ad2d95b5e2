//go:build !linux

package chaos

import "syscall"

// dieWithUs is something only Linux knows.
func dieWithUs(*syscall.SysProcAttr) {}

// still cannot be asked here; a stopped process is taken to stand still.
func still(int) bool { return true }
