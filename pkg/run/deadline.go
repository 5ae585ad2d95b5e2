package run

import (
	"fmt"
	"math"
)

// TimedOut is what a run says that ended at its deadline. A synchronous call's
// time counts from its acceptance, a background run's from its first start. How
// long a run executed that has waited in between nobody could read off that.
func TimedOut(r Run, waited bool) string {
	from := r.CreatedAt
	if r.Class == Background && r.StartedAt != nil {
		from = *r.StartedAt
	}
	if r.DeadlineAt == nil || waited {
		return "Execution timed out"
	}
	return fmt.Sprintf("Execution timed out after %.0f seconds", math.Round(r.DeadlineAt.Sub(from).Seconds()))
}
