//go:build !noschedulelock

package store

// unheld is how a transaction takes schedules: those that no other holds. Built
// with the tag noschedulelock it takes them all, which is how the chaos test
// proves that it would notice.
func (c *change) unheld() string { return c.skip }
