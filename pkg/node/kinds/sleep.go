package kinds

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = Sleep{}

// Sleep holds the run for a while, and its worker's slot with it: it is for
// samples and tests. After a crash it sleeps its whole time again.
type Sleep struct{}

type sleepConfig struct {
	For graph.Duration `json:"for"`
}

func (Sleep) Name() string { return "sleep" }

func (Sleep) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[sleepConfig](n)
	if len(details) == 0 && c.For == 0 {
		details = append(details, fault.Detail{Path: "config.for", Code: invalid, Message: "for says how long, like 10s"})
	}
	return details
}

// Traits leave a sleep the time it asks for and a minute more.
func (Sleep) Traits(n graph.Node) node.Traits {
	c, _ := decoded[sleepConfig](n)
	return node.Traits{Timeout: time.Duration(c.For) + time.Minute, Repeat: graph.RepeatSafe}
}

func (Sleep) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[sleepConfig](in.Node)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(time.Duration(c.For))
	defer timer.Stop()
	select {
	case <-timer.C:
		return map[string]any{"slept": c.For}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
