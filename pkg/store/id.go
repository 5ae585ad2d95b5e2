package store

import "github.com/google/uuid"

// newID makes an id whose order is the order of creation. It fails only when
// the system has no randomness, and then nothing else works either.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
