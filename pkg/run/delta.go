package run

import "github.com/google/uuid"

// Delta is a piece of text that a step of a run is producing. It is shown to
// whoever watches and never stored.
type Delta struct {
	Run   uuid.UUID
	Epoch int
	Step  Step
	// Offset counts the characters of the pieces before this one. A piece at 0
	// begins the text, perhaps again: a call that failed is made anew.
	Offset int
	Text   string
}
