package native

import (
	"context"
	"fmt"
	"strings"

	"github.com/onsethq/onset/pkg/trigger"
)

// graphShared says that several triggers start one graph: who then looks at a
// run, or changes the graph, has to think of all of them.
const graphShared = "graph_shared"

// namedInWarning is how many other triggers a warning names.
const namedInWarning = 5

// sharers is what finding warnings needs of a workspace's store.
type sharers interface {
	SharingTriggers(ctx context.Context, t trigger.Trigger, most int) ([]string, error)
}

func warningsOf(ctx context.Context, s sharers, t trigger.Trigger) ([]notice, error) {
	if t.Status == trigger.Archived {
		return []notice{}, nil
	}
	names, err := s.SharingTriggers(ctx, t, namedInWarning+1)
	if err != nil || len(names) == 0 {
		return []notice{}, err
	}
	return []notice{{graphShared, shared(t.Graph, names)}}, nil
}

func shared(graph string, names []string) string {
	more := ""
	if len(names) > namedInWarning {
		names, more = names[:namedInWarning], " and more"
	}
	return fmt.Sprintf("graph %s is also started by %s%s: a graph is easier to follow when one trigger starts it", graph, strings.Join(names, ", "), more)
}
