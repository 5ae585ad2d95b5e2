package providers

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/trigger"
)

var (
	_ trigger.Called = API{}
	_ trigger.Called = Background{}
)

// called is what the two kinds that are started over HTTP share: both answer on
// both URLs, so they differ only in which one is shown first.
type called struct{ says }

// Call takes the caller's word, and the config's where the caller said nothing.
func (called) Call(config json.RawMessage, body trigger.Event) (trigger.Event, error) {
	return body.Over(config)
}
