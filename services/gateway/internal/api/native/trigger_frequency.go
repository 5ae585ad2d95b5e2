package native

import (
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// tooFrequent says that a schedule fires more often than its workspace may.
func tooFrequent(t trigger.Trigger, limits tenant.Limits, now time.Time) []fault.Detail {
	least := limits.Interval()
	if t.Kind != trigger.KindSchedule || least <= time.Second {
		return nil
	}
	t.CreatedAt = now
	table, err := t.Table()
	if err != nil {
		return nil // told already
	}
	if shortest := table.Interval(now); shortest == 0 || shortest >= least {
		return nil
	}
	return []fault.Detail{{
		Path: "config", Code: "too_frequent",
		Message: fmt.Sprintf("Schedules that run more frequently than every %s are not allowed in this workspace", least),
	}}
}
