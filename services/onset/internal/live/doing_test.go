package live

import (
	"errors"
	"testing"
	"time"
)

func TestProgressSaysWhatTheRunIsAt(t *testing.T) {
	t.Parallel()
	var d Doing
	say := func(want string) {
		t.Helper()
		if got := d.Say(61900 * time.Millisecond); got != want+", 1m1s" {
			t.Errorf("%q, want %q", got, want)
		}
	}
	say("waiting for the server")
	for _, c := range []struct{ name, data, want string }{
		{"run.accepted", `{}`, "waits for a worker"},
		{"run.started", `{}`, "running"},
		{"node.completed", `{"node_id":"start"}`, "running"},
		{"node.started", `{"node_id":"a"}`, "running a"},
		{"node.started", `{"node_id":"b"}`, "running a, b"},
		{"node.retrying", `{"node_id":"a"}`, "running b, a"},
		{"log", `{"node_id":"a"}`, "running b, a"},
		{"node.completed", `{"node_id":"b"}`, "running a"},
		{"run.resumed", `{}`, "running"},
		{"node.started", `{"node_id":"a","iteration":1}`, "running a[1]"},
		{"node.progress", `{"node_id":"a","iteration":1,"done":3,"total":40}`, "running a[1] (3 of 40)"},
		{"node.progress", `{"node_id":"a","iteration":1,"call":"model:1"}`, "running a[1] (3 of 40)"},
		{"run.waiting", `{"reason":"input"}`, "waits (input)"},
		{"node.failed", `{"node_id":"a","iteration":1}`, "running"},
	} {
		e, err := Read(sent(c.name, c.data))
		if err != nil {
			t.Fatal(err)
		}
		d = d.After(e)
		say(c.want)
	}
	d = d.Lost(errors.New("it is away"))
	say("no news (it is away), trying again")
	d = d.After(Event{Name: "log"})
	say("running")
}
