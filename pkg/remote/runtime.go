// Package remote lets runtimes of somebody else execute nodes: services of
// their own, in any language, that speak proto/runtime/v1. They are called over
// Connect or with plain JSON, through the guarded door, with a bound on
// everything they may send.
package remote

import (
	"context"
	"net/http"
	"slices"
	"time"

	"connectrpc.com/connect"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

// Runtime is a runtime as a node reaches it.
type Runtime struct {
	// URL ends where "/onset.runtime.v1.AgentRuntime" begins.
	URL string
	// Plain says that it speaks plain JSON instead of Connect.
	Plain bool
	// Headers go with every request.
	Headers http.Header
	// HTTP is the guarded door.
	HTTP *http.Client
}

const (
	// budget is what a runtime may send for one node, in bytes.
	budget = 4 << 20
	// maxEvents is in how many messages.
	maxEvents = 10_000
)

// Hear is told what a runtime says while it works.
type Hear func(*runtimev1.ExecuteNodeResponse)

// Execute lets the runtime execute a node and gives its output as JSON values.
// Errors are *node.Error, or that of a context that has ended.
func (r Runtime) Execute(ctx context.Context, ask *runtimev1.ExecuteNodeRequest, hear Hear) (any, error) {
	line, err := egress.NewLine(r.HTTP, r.URL, r.Headers, budget)
	if err != nil {
		return nil, noAddress
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave() // ends what the runtime would go on sending
	if deadline, ok := ctx.Deadline(); ok {
		ask.TimeoutMs = int32(min(time.Until(deadline).Milliseconds(), maxTimeout))
	}
	stream, err := r.open(ctx, line, ask)
	if err != nil {
		return nil, r.failure(ctx, line, err)
	}
	defer stream.Close()
	for range maxEvents {
		event, err := stream.Next()
		if err != nil {
			return nil, r.failure(ctx, line, err)
		}
		switch said := event.GetEvent().(type) {
		case *runtimev1.ExecuteNodeResponse_Result_:
			return said.Result.GetOutput().AsInterface(), nil
		case *runtimev1.ExecuteNodeResponse_Failure_:
			return nil, told(said.Failure)
		default:
			hear(event)
		}
	}
	return nil, node.Permanent(run.LimitExceeded, "the runtime says too much and comes to no result")
}

// maxTimeout is the longest time that the message can tell, in milliseconds.
const maxTimeout = 1<<31 - 1

// stream is what a runtime says, message by message.
type stream interface {
	// Next is the next message, io.EOF behind the last one.
	Next() (*runtimev1.ExecuteNodeResponse, error)
	Close() error
}

func (r Runtime) open(ctx context.Context, line *egress.Line, ask *runtimev1.ExecuteNodeRequest) (stream, error) {
	if r.Plain {
		return postPlain(ctx, line.Client(), r.URL, ask)
	}
	return callConnect(ctx, r.client(line), ask)
}

// Nodes are the names of the nodes that the runtime says it can execute.
func (r Runtime) Nodes(ctx context.Context) ([]string, error) {
	line, err := egress.NewLine(r.HTTP, r.URL, r.Headers, budget)
	if err != nil {
		return nil, noAddress
	}
	answer, err := r.client(line).Describe(ctx, connect.NewRequest(&runtimev1.DescribeRequest{}))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range answer.Msg.GetNodes() {
		names = append(names, n.GetName())
	}
	slices.Sort(names)
	return names, nil
}

// client speaks Connect with JSON inside. A single call of it is plain JSON.
func (r Runtime) client(line *egress.Line) runtimev1connect.AgentRuntimeClient {
	return runtimev1connect.NewAgentRuntimeClient(line.Client(), r.URL,
		connect.WithProtoJSON(), connect.WithReadMaxBytes(budget), connect.WithAcceptCompression("gzip", nil, nil))
}
