package trigger

import (
	"regexp"

	"github.com/google/uuid"
)

// HeaderCausedBy is on every call that a run makes: who is called and sends an
// event because of it may send it back.
const HeaderCausedBy = "X-Caused-By-Run"

// Marker is what a run writes into the texts that it leaves elsewhere, where
// people do not see it: an event that quotes it was caused by the run.
func Marker(run uuid.UUID) string { return "<!-- onset-run:" + run.String() + " -->" }

var marked = regexp.MustCompile(`onset-run:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// mostMarkers is how many runs one delivery may name.
const mostMarkers = 10

// CausedBy are the runs that a request names as its cause, in its header and
// then in its body, each once. Anybody can write such a name: it is only a
// reason to look.
func (h Hook) CausedBy() (all []uuid.UUID) {
	seen := map[uuid.UUID]bool{}
	name := func(text string) {
		id, err := uuid.Parse(text)
		if err == nil && !seen[id] && len(all) < mostMarkers {
			seen[id] = true
			all = append(all, id)
		}
	}
	for _, value := range h.Header.Values(HeaderCausedBy) {
		name(value)
	}
	for _, found := range marked.FindAllSubmatch(h.Body, mostMarkers*10) {
		name(string(found[1]))
	}
	return all
}
