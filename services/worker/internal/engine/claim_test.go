package engine

import (
	"testing"
	"time"
)

func TestClaimsAreFewerAndLargerUnderLoad(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		got, free, slots int
		want             time.Duration
	}{
		{"NothingWasReady", 0, 32, 32, pace},
		{"AFewWereReady", 3, 32, 32, pace},
		{"ACrowdWasReady", 16, 32, 32, crowdPace},
		{"MoreAreReadyThanSlots", 32, 32, 32, 0},
		{"HalfOfTheSlotsAreFilled", 16, 16, 32, 0},
		{"FewSlotsWereFree", 15, 15, 32, pace},
		{"OneSlotInAll", 1, 1, 1, 0},
	} {
		if got := pauseBehind(test.got, test.free, test.slots); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
