package kinds

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/remote"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
)

var _ node.Kind = Remote{}

// Remote lets a runtime of somebody else execute a node: code of the graph's
// author in any language, in a process of its own. What it gives as its result
// is the output. While it works its log and its progress are told to the run's
// reader, and when the run is cancelled or out of time it is told to stop.
//
// What it does nobody knows but the runtime, so it is not repeated when its
// outcome is unknown, unless the author says that it is idempotent.
type Remote struct{}

type remoteConfig struct {
	Runtime runtime `json:"runtime"`
	// Node is the name that the runtime knows it by.
	Node string `json:"node"`
	// Arguments are templates; left out, they are those of the callable node.
	Arguments map[string]json.RawMessage `json:"arguments"`
	// Idempotent says that executing twice does no harm.
	Idempotent bool `json:"idempotent"`
}

type runtime struct {
	place
	// Protocol is "connect", the default, or "json".
	Protocol string `json:"protocol"`
}

const (
	overConnect = "connect"
	overJSON    = "json"
)

func (Remote) Name() string { return "remote" }

func (Remote) Check(n graph.Node, _ graph.Graph) []fault.Detail {
	c, details := checked[remoteConfig](n)
	details = append(details, c.Runtime.check("config.runtime")...)
	switch c.Runtime.Protocol {
	case "", overConnect, overJSON:
	default:
		details = append(details, fault.Detail{Path: "config.runtime.protocol", Code: invalid, Message: "protocol is connect or json"})
	}
	return append(details, checkName("config.node", c.Node, "node")...)
}

func (Remote) Traits(n graph.Node) node.Traits {
	c, _ := decoded[remoteConfig](n)
	return foreign(c.Idempotent)
}

func (Remote) Run(ctx context.Context, in *node.Input) (any, error) {
	hide := newRedactor(in.Secrets)
	c, err := decoded[remoteConfig](in.Node)
	if err != nil {
		return nil, err
	}
	address, headers, err := c.Runtime.fill(ctx, in, "config.runtime")
	if err != nil {
		return nil, hide.failure(err)
	}
	ask, err := c.ask(ctx, in)
	if err != nil {
		return nil, hide.failure(err)
	}
	c.Runtime.show(ctx, in, "node", c.Node, c.Arguments)
	in.Log("tool_call", "executing "+c.Node+" at a runtime")
	server := remote.Runtime{URL: address, Plain: c.Runtime.Protocol == overJSON, Headers: headers, HTTP: in.HTTP}
	out, err := server.Execute(ctx, ask, (&listener{in: in, hide: hide}).hear)
	if err != nil {
		return nil, hide.told(err)
	}
	return hide.stored(out)
}

// ask is what the runtime is told.
func (c remoteConfig) ask(ctx context.Context, in *node.Input) (*runtimev1.ExecuteNodeRequest, error) {
	filled, err := outgoing(in).arguments(ctx, c.Arguments)
	if err != nil {
		return nil, err
	}
	arguments, err := remote.Arguments(filled)
	if err != nil {
		return nil, node.Permanent(run.NodeFailed, "config.arguments: "+err.Error())
	}
	of, _ := in.Scope["run"].(map[string]any)
	text := func(name string) string { s, _ := of[name].(string); return s }
	return &runtimev1.ExecuteNodeRequest{
		Node: c.Node, Arguments: arguments, IdempotencyKey: in.Key,
		RunId: text("id"), NodeId: in.Node.ID, ThreadId: text("thread_id"),
		Epoch: int32(in.Epoch), TriggerDepth: int32(in.Depth),
	}, nil
}

// listener tells the run's reader what a runtime says, up to a point.
type listener struct {
	in    *node.Input
	hide  redactor
	lines int
}

// maxLines is how many lines of its log a runtime may add to a run.
const maxLines = 500

func (l *listener) hear(said *runtimev1.ExecuteNodeResponse) {
	if p := said.GetProgress(); p != nil {
		if done, total := int(p.GetDone()), int(p.GetTotal()); 0 < done && done <= total {
			l.in.Progress(done, total)
		}
		return
	}
	line := said.GetLog()
	if line == nil {
		return
	}
	l.lines++
	switch {
	case l.lines == maxLines+1:
		l.in.Log("warning", fmt.Sprintf("the runtime says more; only %d lines are kept", maxLines))
	case l.lines <= maxLines:
		level := "info"
		if line.GetLevel() == "warning" {
			level = "warning"
		}
		l.in.Log(level, brief(l.hide.text(strictjson.StorableText(line.GetMessage()))))
	}
}
