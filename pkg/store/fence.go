//go:build !nofence

package store

import "github.com/onsethq/onset/pkg/run"

// fence compares the epoch of a run with the one a write carries: a write of an
// attempt that has lost its run finds nothing. Built with the tag nofence the
// comparison lets stale writes through, which is how the chaos test proves that
// it would notice.
const fence = "="

// holds is fence where the comparison is not made in SQL.
func holds(epoch int, l run.Lease) bool { return epoch == l.Epoch }
