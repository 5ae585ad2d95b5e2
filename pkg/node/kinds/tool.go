package kinds

import (
	"context"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
)

var _ node.Kind = Tool{}

// Tool makes one HTTP call. Its output is
//
//	{"status": 200, "headers": {"content_type": "…"}, "body": …}
//
// with the body parsed when it is JSON. Secrets may stand in url, query,
// headers and body; what comes back is searched for their values.
type Tool struct{}

type toolConfig struct {
	HTTP httpConfig `json:"http"`
	// Idempotent says that calling twice does no harm.
	Idempotent bool `json:"idempotent"`
}

func (Tool) Name() string { return "tool" }

func (Tool) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[toolConfig](n)
	return append(details, c.HTTP.check()...)
}

// Traits let a call repeat after a crash when it only reads, or when its author
// says that it is idempotent.
func (Tool) Traits(n graph.Node) node.Traits {
	c, _ := decoded[toolConfig](n)
	t := node.Traits{Timeout: 30 * time.Second, Repeat: graph.RepeatNever, Retries: retries}
	if c.Idempotent || c.HTTP.reads() {
		t.Repeat = graph.RepeatSafe
	}
	return t
}

func (t Tool) Run(ctx context.Context, in *node.Input) (any, error) {
	hide := guarding(in)
	c, err := decoded[toolConfig](in.Node)
	if err != nil {
		return nil, err
	}
	r, err := c.HTTP.request(ctx, in)
	if err != nil {
		return nil, hide.failure(err)
	}
	c.HTTP.show(ctx, in)
	if !t.repeats(in.Node) {
		sendOnce(r)
	}
	a, err := c.HTTP.call(in.HTTP, r)
	if err != nil {
		return nil, hide.failure(err)
	}
	in.Log("tool_call", hide.text(a.describe()))
	if err := c.HTTP.judge(a, hide); err != nil {
		return nil, err
	}
	return hide.value(a.output()), nil
}

func (t Tool) repeats(n graph.Node) bool {
	if n.Retry != nil && n.Retry.Repeat != "" {
		return n.Retry.Repeat == graph.RepeatSafe
	}
	return t.Traits(n).Repeat == graph.RepeatSafe
}
