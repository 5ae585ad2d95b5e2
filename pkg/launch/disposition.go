package launch

import (
	"errors"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
)

// Disposition is what becomes of a moment whose start is refused, with the reason
// for people.
func Disposition(refusal error) (trigger.Disposition, string) {
	switch {
	case errors.Is(refusal, fault.TriggerPaused), errors.Is(refusal, fault.NotFound):
		return trigger.SkippedPaused, "the trigger is paused, or all triggers of the workspace are"
	case errors.Is(refusal, fault.NoBuild):
		return trigger.SkippedNoBuild, refusal.Error()
	case errors.Is(refusal, fault.QueueFull):
		return trigger.SkippedQueueFull, refusal.Error()
	}
	return trigger.SkippedError, refusal.Error()
}
