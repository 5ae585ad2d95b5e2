package providers

// Background is started over HTTP by a caller who asks for the result later.
type Background struct{ called }

// Kind is "background".
func (Background) Kind() string { return "background" }

// Title is for people choosing a kind.
func (Background) Title() string { return "Background task" }

// Description is for people choosing a kind.
func (Background) Description() string {
	return "Called over HTTP; the answer is an id under which the result can be asked for."
}
