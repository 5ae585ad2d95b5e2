//go:build nofence

package store

import "github.com/onsethq/onset/pkg/run"

const fence = ">="

func holds(epoch int, l run.Lease) bool { return epoch >= l.Epoch }
