//go:build noschedulelock

package store

func (c *change) unheld() string { return "" }
