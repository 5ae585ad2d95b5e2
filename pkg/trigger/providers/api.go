package providers

// API is started over HTTP by a caller who waits for the result.
type API struct{ called }

// Kind is "api".
func (API) Kind() string { return "api" }

// Title is for people choosing a kind.
func (API) Title() string { return "API" }

// Description is for people choosing a kind.
func (API) Description() string {
	return "Called over HTTP; the answer is the result of the run."
}
