package client

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func readAll(text string) (all []string) {
	for e, err := range events(strings.NewReader(text)) {
		if err != nil {
			return all
		}
		all = append(all, e.Name+string(e.Data))
	}
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

func FuzzStreamGivesOnlyWholeEvents(f *testing.F) {
	f.Add(wire(0, "run.accepted") + wire(1, "log"))
	f.Add("\ufeffid: x\r\nevent: log\rdata: {\ndata: }\n\n")
	f.Add("data\n\nevent: a\n\nid: \x00\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		for e, err := range events(strings.NewReader(text)) {
			if err == nil && (e.Name == "" || !json.Valid(e.Data)) {
				t.Errorf("%+v", e)
			}
		}
	})
}
