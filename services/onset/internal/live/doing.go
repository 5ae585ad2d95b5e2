package live

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Doing is what a run is at, as far as its events tell.
type Doing struct {
	at      string   // where the run stands as a whole
	nodes   []string // that are being executed, in the order of their start
	trouble string   // why news are late
}

// After is what a run is at behind one more event.
func (d Doing) After(e Event) Doing {
	d.trouble = ""
	switch e.Name {
	case "run.accepted":
		d.at = "waits for a worker"
	case "run.started", "run.resumed": // what a lost worker was at has ended with it
		d.at, d.nodes = running, nil
	case "run.waiting":
		d.at, d.nodes = withReason("waits", e.Reason), nil
	case "node.started", "node.retrying":
		d.at, d.nodes = running, append(d.without(e.step()), e.step())
	case "node.completed", "node.failed":
		d.at, d.nodes = running, d.without(e.step())
	}
	return d
}

const running = "running"

func (d Doing) without(step string) []string {
	return slices.DeleteFunc(slices.Clone(d.nodes), func(n string) bool { return n == step })
}

// Lost is what a run is at while nobody hears of it.
func (d Doing) Lost(err error) Doing {
	d.trouble = fmt.Sprintf("no news (%v), trying again", err)
	return d
}

// Say tells it in a line, with how long one has waited already.
func (d Doing) Say(waited time.Duration) string {
	said := d.at
	switch {
	case d.trouble != "":
		said = d.trouble
	case said == "":
		said = "waiting for the server"
	case len(d.nodes) > 0:
		said = running + " " + strings.Join(d.nodes, ", ")
	}
	return fmt.Sprintf("%s, %s", said, waited.Truncate(time.Second))
}
