package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/run"
)

func TestACauseIsWrittenAsJSONWritesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []run.Cause{
		{}, {Kind: "api"}, {Kind: "background"}, {Kind: `a"b`}, {Kind: "ä"}, {Kind: "<a>"},
		{Kind: "api", Depth: 2}, {Kind: "schedule", ScheduledFor: new(time.Unix(1_700_000_000, 0).UTC()), LatenessMS: 3},
		{Kind: "github", DeliveryID: "1", Foreign: true},
	} {
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := causeText(&c); got != string(want) || err != nil {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}
