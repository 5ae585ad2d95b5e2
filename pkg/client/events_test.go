package client

import (
	"slices"
	"strings"
	"testing"
)

func readAll(text string) (all []string) {
	_ = events(strings.NewReader(text), func(e RunEvent) error { // it ends with the text
		all = append(all, e.Name+string(e.Raw))
		return nil
	})
	return all
}

// A cut that leaves only the last line break away leaves a whole event.
func TestAStreamThatIsCutAnywhereGivesNoPartOfAnEvent(t *testing.T) {
	t.Parallel()
	text := wire(0, "run.accepted") + ":\n\n" + wire(12, "log") + wire(123, "run.completed")
	whole := readAll(text)
	if len(whole) != 3 {
		t.Fatalf("%q", whole)
	}
	for at := range text {
		got := readAll(text[:at])
		if len(got) > len(whole) || !slices.Equal(got, whole[:len(got)]) {
			t.Errorf("cut behind %q: %q", text[:at], got)
		}
	}
}
