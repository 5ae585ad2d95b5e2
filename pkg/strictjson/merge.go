package strictjson

import "encoding/json"

// Merge lays a merge patch (RFC 7396) over a document: objects are merged field
// by field, null takes a field away, anything else replaces. Values keep the
// text they were written in. Both must have passed Check; a patch that is no
// object replaces the document.
func Merge(doc, patch []byte) ([]byte, error) {
	changes, err := Object(patch)
	if err != nil {
		return patch, nil
	}
	merged, err := Object(doc)
	if err != nil {
		merged = map[string]json.RawMessage{}
	}
	for name, change := range changes {
		if string(change) == "null" {
			delete(merged, name)
			continue
		}
		if merged[name], err = Merge(merged[name], change); err != nil {
			return nil, err
		}
	}
	return json.Marshal(merged)
}
