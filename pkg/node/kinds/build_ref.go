package kinds

import (
	"encoding/json"
	"errors"
)

// buildRef is the build of a graph: its number, or 0 for the one that is
// assigned to the environment, which is also written "assigned".
type buildRef int

var errBuildRef = errors.New(`a build is a number from 1, or "assigned"`)

// UnmarshalJSON reads either form.
func (b *buildRef) UnmarshalJSON(raw []byte) error {
	var n int
	switch {
	case string(raw) == `"assigned"`, string(raw) == "null":
		*b = 0
	case json.Unmarshal(raw, &n) != nil || n < 1:
		return errBuildRef
	default:
		*b = buildRef(n)
	}
	return nil
}
