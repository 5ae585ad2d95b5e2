package kinds

import (
	"context"
	"fmt"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = Wait{}

// Wait puts the run aside for a while, or until a moment. No worker holds it
// meanwhile and its deadline clock stands. A moment that has passed is no
// reason to wait. The output is {"until": "2026-03-29T07:00:00Z"}.
type Wait struct{}

type waitConfig struct {
	// One of these two, which may be templates.
	For   string `json:"for"`
	Until string `json:"until"`
}

func (Wait) Name() string { return "wait" }

func (Wait) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[waitConfig](n)
	wrong := func(field, message string) {
		details = append(details, fault.Detail{Path: "config." + field, Code: invalid, Message: message})
	}
	switch {
	case c.For == "" && c.Until == "" && len(details) == 0:
		wrong("for", "a wait says how long, like 48h in for, or until when, like 2026-03-29T07:00:00Z in until")
	case c.For != "" && c.Until != "":
		wrong("until", "a wait has either for or until")
	case c.For != "":
		if problem := checkSpan(c.For); problem != "" {
			wrong("for", problem)
		}
	case c.Until != "":
		if problem := checkMoment(c.Until); problem != "" {
			wrong("until", problem)
		}
	}
	return append(details, checkAside(n, "for")...)
}

func (Wait) Traits(graph.Node) node.Traits { return aside }

func (Wait) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[waitConfig](in.Node)
	if err != nil {
		return nil, err
	}
	asked, err := in.Ask(ctx, "timer:1", func() (run.Ask, error) {
		until, err := c.until(ctx, in)
		return run.Ask{Reason: run.ForTimer, Until: &until}, err
	})
	if err != nil {
		return nil, err
	}
	if _, err := in.Await(ctx, "timer:1"); err != nil {
		return nil, err
	}
	return map[string]any{"until": asked.Until.UTC().Format(time.RFC3339)}, nil
}

// until is when the waiting ends.
func (c waitConfig) until(ctx context.Context, in *node.Input) (time.Time, error) {
	if c.For != "" {
		d, err := inside(in).span(ctx, "config.for", c.For)
		return in.Now().UTC().Add(d), err
	}
	until, err := inside(in).moment(ctx, "config.until", c.Until)
	if err == nil && until.Sub(in.Now()) > longest {
		err = node.Permanent(run.ExpressionFailed, fmt.Sprintf("config.until: a run waits at most %v", longest))
	}
	return until, err
}

// aside are the traits of a node that only waits: what it waited for is in the
// journal, and the node itself may run as often as it is woken.
var aside = node.Traits{Timeout: time.Minute, Repeat: graph.RepeatSafe, Within: true}

// checkAside refuses what would mean nothing on a node that waits; field is
// where its author says how long.
func checkAside(n graph.Node, field string) []fault.Detail {
	var details []fault.Detail
	if n.Timeout != 0 {
		details = append(details, fault.Detail{Path: "timeout", Code: invalid, Message: "timeout bounds work, and a " + n.Kind + " does none: how long it waits is said in config." + field})
	}
	if n.Retry != nil {
		details = append(details, fault.Detail{Path: "retry", Code: invalid, Message: "a " + n.Kind + " is not tried again: there is nothing to retry"})
	}
	return details
}
