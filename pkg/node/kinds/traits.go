package kinds

import (
	"time"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

// pure are the traits of a node that only computes.
var pure = node.Traits{Pure: true, Timeout: time.Minute, Repeat: graph.RepeatSafe}

// sets are those of a pure node whose output becomes session variables.
var sets = node.Traits{Pure: true, Timeout: time.Minute, Repeat: graph.RepeatSafe, Sets: true}

// retries is how often a node that talks to others is tried again.
const retries = 2
