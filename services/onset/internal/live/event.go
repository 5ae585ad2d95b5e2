// Package live tells a person what a run does while it does it: a line for each
// event, and on a terminal one line that says what is going on.
package live

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/client"
)

// Event is what is told of an event.
type Event struct {
	Name      string
	At        time.Time `json:"at"`
	Epoch     int       `json:"epoch"`
	Node      string    `json:"node_id"`
	Iteration int       `json:"iteration"`
	Call      string    `json:"call"`

	Try      int      `json:"try"`
	AfterMS  int64    `json:"after_ms"`
	Reason   string   `json:"reason"`
	Decision string   `json:"decision"`
	Level    string   `json:"level"`
	Message  string   `json:"message"`
	Warnings []string `json:"warnings"`
	Done     int      `json:"done"`
	Total    int      `json:"total"`
	Offset   int      `json:"offset"`
	Text     string   `json:"text"`

	Trigger      string `json:"trigger"`
	Graph        string `json:"graph"`
	Build        int    `json:"build"`
	Environment  string `json:"environment"`
	Cause        Cause  `json:"cause"`
	Status       string `json:"status"`
	StatusReason string `json:"status_reason"`
	Error        string `json:"error"`
}

// Delta is the name of an event that tells a piece of what a model is writing.
const Delta = "model.delta"

// Cause is why a run exists.
type Cause struct {
	Kind     string `json:"kind"`
	ReplayOf string `json:"replay_of"`
}

// Read reads an event as the server wrote it.
func Read(e client.RunEvent) (Event, error) {
	read := Event{}
	if err := json.Unmarshal(e.Raw, &read); err != nil {
		return read, fmt.Errorf("the event %s is not what this command knows (is it older than the server?): %w", e.Name, err)
	}
	read.Name = e.Name
	return read, nil
}

// step is the node, and which time of it when it is not the first.
func (e Event) step() string {
	if e.Iteration > 0 {
		return fmt.Sprintf("%s[%d]", e.Node, e.Iteration)
	}
	return e.Node
}

// share is how much of a node's work is done, or how much a model has written;
// empty where nobody knows.
func (e Event) share() string {
	if e.Name == Delta {
		return fmt.Sprintf("%d characters", e.Offset+utf8.RuneCountInString(e.Text))
	}
	if e.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", e.Done, e.Total)
}
