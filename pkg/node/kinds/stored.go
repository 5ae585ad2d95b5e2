package kinds

import (
	"encoding/json"

	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// told is what the run's reader is told of a failure at somebody else's server.
// Secrets are hidden before the text is cut: half of one would not be found.
func (r redactor) told(err error) error {
	err = r.failure(err)
	if e, ok := err.(*node.Error); ok {
		e.Message = brief(strictjson.StorableText(e.Message))
	}
	return err
}

// stored is the output of a node as a stranger made it: without secrets, and no
// deeper or larger than a document may be.
func (r redactor) stored(v any) (any, error) {
	raw, err := json.Marshal(r.value(v))
	if err != nil {
		return nil, node.Permanent(run.NodeFailed, "the answer is no JSON")
	}
	raw = strictjson.Storable(raw)
	if err := strictjson.Check(raw, strictjson.Stored); err != nil {
		return nil, node.Permanent(run.LimitExceeded, "the answer cannot be kept: "+err.Error())
	}
	return json.RawMessage(raw), nil
}
