package queuev1_test

import (
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	queuev1 "github.com/onsethq/onset/proto/queue/v1"
)

// The files in testdata were written once and are never written again: a bell
// that was rung before an upgrade must be understood after it.
func TestYesterdaysBellStillDecodes(t *testing.T) {
	t.Parallel()
	want := &queuev1.RunBell{V: 1, Runs: []*queuev1.RunBell_Run{
		{Id: "0199b7a0-3d1e-7c52-9a43-5c1e7f0b2d61", Epoch: 2},
		{Id: "0199b7a0-3d1f-7000-8000-000000000001"},
	}}
	for file, unmarshal := range map[string]func([]byte, proto.Message) error{
		"bell_v1.json": protojson.Unmarshal,
		"bell_v1.bin":  proto.Unmarshal,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile("testdata/" + file)
			if err != nil {
				t.Fatal(err)
			}
			var got queuev1.RunBell
			if err := unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(&got, want) {
				t.Errorf("got %v, want %v", &got, want)
			}
		})
	}
}
