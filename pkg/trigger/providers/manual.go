package providers

// Manual is started by a person only ("run now"); it has no URL.
type Manual struct{ says }

// Kind is "manual".
func (Manual) Kind() string { return "manual" }

// Title is for people choosing a kind.
func (Manual) Title() string { return "Manual" }

// Description is for people choosing a kind.
func (Manual) Description() string { return "Started by a person, by run now." }
