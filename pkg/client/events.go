package client

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/onsethq/onset/pkg/run"
)

// RunEvent is one event of a run.
type RunEvent struct {
	// ID is what a Follower goes on behind; Beginning for an event that the
	// server does not keep.
	ID string
	// Name is the event's kind, such as node.completed.
	Name string
	Data Event
	// Raw is Data as the server wrote it.
	Raw json.RawMessage
}

// Beginning is before every event.
const Beginning = ""

// Last says whether no event follows.
func (e RunEvent) Last() bool {
	return e.Name == "run.completed" || e.Name == "run.failed" || e.Name == "run.cancelled"
}

// AsksPerson says whether the run asks what only a person can answer.
func (e RunEvent) AsksPerson() bool {
	return e.Name == "run.waiting" && e.Data.Reason != nil && run.Reason(*e.Data.Reason).OfPerson()
}

// errNonsense says that what was sent is no event.
var errNonsense = errors.New("the server sent something else than events")

// events reads server-sent events until the text or the reader ends.
func events(from io.Reader, see func(RunEvent) error) error {
	lines := bufio.NewReader(from)
	var e RunEvent
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the live view was cut off: %w", err)
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n" || line == "\r\n":
			if e.Name != "" {
				err = see(e)
			}
			e = RunEvent{}
		case name == "id":
			e.ID = value
		case name == "event":
			e.Name = value
		case name == "data":
			e.Raw = json.RawMessage(value)
			if err = json.Unmarshal(e.Raw, &e.Data); err != nil {
				return fmt.Errorf("%w: %w", errNonsense, err)
			}
		}
		if err != nil {
			return err
		}
	}
}
