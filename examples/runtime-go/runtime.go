package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

var _ runtimev1connect.AgentRuntimeHandler = (*runtime)(nil)

// runtime speaks the protocol; its nodes know nothing of it.
type runtime struct {
	nodes []executable
	// token is what Onset must send as "Authorization: Bearer …"; empty lets
	// everybody in.
	token string
}

// executable is a node: its name, what it takes, and what it does.
type executable struct {
	name, description string
	// parameters is the JSON schema of the arguments.
	parameters map[string]any
	do         func(context.Context, job) (any, error)
}

// job is one execution. Its context ends when the run is cancelled or out of
// time.
type job struct {
	arguments map[string]any
	// say and progress reach the reader of the run at once. Their errors say
	// that nobody listens any more.
	say      func(format string, args ...any) error
	progress func(done, total int) error
}

// errArguments is for arguments that no repetition makes right.
var errArguments = errors.New("wrong arguments")

func (r *runtime) Describe(_ context.Context, ask *connect.Request[runtimev1.DescribeRequest]) (*connect.Response[runtimev1.DescribeResponse], error) {
	if err := r.admit(ask.Header().Get("Authorization")); err != nil {
		return nil, err
	}
	answer := &runtimev1.DescribeResponse{}
	for _, n := range r.nodes {
		parameters, err := structpb.NewStruct(n.parameters)
		if err != nil {
			return nil, err
		}
		answer.Nodes = append(answer.Nodes, &runtimev1.DescribeResponse_Node{Name: n.name, Description: n.description, Parameters: parameters})
	}
	return connect.NewResponse(answer), nil
}

func (r *runtime) ExecuteNode(ctx context.Context, ask *connect.Request[runtimev1.ExecuteNodeRequest], out *connect.ServerStream[runtimev1.ExecuteNodeResponse]) error {
	if err := r.admit(ask.Header().Get("Authorization")); err != nil {
		return err
	}
	n, ok := r.node(ask.Msg.GetNode())
	if !ok {
		return connect.NewError(connect.CodeNotFound, fmt.Errorf("there is no node %q", ask.Msg.GetNode()))
	}
	output, err := n.do(ctx, job{
		arguments: ask.Msg.GetArguments().AsMap(),
		say: func(format string, args ...any) error {
			line := &runtimev1.ExecuteNodeResponse_Log{Message: fmt.Sprintf(format, args...)}
			return out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Log_{Log: line}})
		},
		progress: func(done, total int) error {
			far := &runtimev1.ExecuteNodeResponse_Progress{Done: int32(done), Total: int32(total)}
			return out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Progress_{Progress: far}})
		},
	})
	switch {
	case errors.Is(err, errArguments):
		return connect.NewError(connect.CodeInvalidArgument, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return connect.NewError(connect.CodeInternal, err) // Onset tries again
	}
	value, err := structpb.NewValue(output)
	if err != nil {
		return connect.NewError(connect.CodeDataLoss, err)
	}
	result := &runtimev1.ExecuteNodeResponse_Result{Output: value}
	return out.Send(&runtimev1.ExecuteNodeResponse{Event: &runtimev1.ExecuteNodeResponse_Result_{Result: result}})
}

func (r *runtime) node(name string) (executable, bool) {
	for _, n := range r.nodes {
		if n.name == name {
			return n, true
		}
	}
	return executable{}, false
}

func (r *runtime) admit(authorization string) error {
	if r.token != "" && subtle.ConstantTimeCompare([]byte(authorization), []byte("Bearer "+r.token)) == 0 {
		return connect.NewError(connect.CodeUnauthenticated, errors.New("the token is missing or wrong"))
	}
	return nil
}
