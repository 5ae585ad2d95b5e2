package launch

import (
	"strconv"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
)

// Depth reads the X-Trigger-Depth header of a call that a run may have made:
// how many runs stand behind it. A chain that is too long, or a number that is
// none, is refused: it ends a graph that calls its own trigger.
func Depth(header string) (int, error) {
	if header == "" {
		return 0, nil
	}
	depth, err := strconv.Atoi(header)
	if err != nil || depth < 0 || depth > run.MaxDepth {
		return 0, fault.New(fault.CodeInvalid, "X-Trigger-Depth must be a number from 0 to %d: runs may start each other no deeper", run.MaxDepth)
	}
	return depth, nil
}
