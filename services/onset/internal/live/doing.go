package live

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Doing is what a run is at, as far as its events tell.
type Doing struct {
	at      string // where the run stands as a whole
	steps   []step // that are being executed, in the order of their start
	trouble string // why news are late
}

// step is a node that is being executed, and how far it is where that is known.
type step struct{ name, share string }

func (s step) String() string {
	if s.share == "" {
		return s.name
	}
	return s.name + " (" + s.share + ")"
}

// After is what a run is at behind one more event.
func (d Doing) After(e Event) Doing {
	d.trouble = ""
	switch e.Name {
	case "run.accepted":
		d.at = "waits for a worker"
	case "run.started", "run.resumed": // what a lost worker was at has ended with it
		d.at, d.steps = running, nil
	case "run.waiting":
		d.at, d.steps = withReason("waits", e.Reason), nil
	case "node.started", "node.retrying":
		d.at, d.steps = running, append(d.without(e.step()), step{name: e.step()})
	case "node.completed", "node.failed":
		d.at, d.steps = running, d.without(e.step())
	}
	if share := e.share(); share != "" {
		d.steps = append(d.without(e.step()), step{e.step(), share})
	}
	return d
}

const running = "running"

func (d Doing) without(name string) []step {
	return slices.DeleteFunc(slices.Clone(d.steps), func(s step) bool { return s.name == name })
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
	case len(d.steps) > 0:
		said = running + " " + d.names()
	}
	return fmt.Sprintf("%s, %s", said, waited.Truncate(time.Second))
}

func (d Doing) names() string {
	names := make([]string, len(d.steps))
	for i, s := range d.steps {
		names[i] = s.String()
	}
	return strings.Join(names, ", ")
}
