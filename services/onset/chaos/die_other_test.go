//go:build !linux

package chaos

import "syscall"

// dieWithUs is something only Linux knows.
func dieWithUs(*syscall.SysProcAttr) {}
