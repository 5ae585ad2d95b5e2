package remote

import (
	"context"
	"io"

	"connectrpc.com/connect"

	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

// connected is a stream of Connect.
type connected struct {
	*connect.ServerStreamForClient[runtimev1.ExecuteNodeResponse]
}

func callConnect(ctx context.Context, client runtimev1connect.AgentRuntimeClient, ask *runtimev1.ExecuteNodeRequest) (stream, error) {
	s, err := client.ExecuteNode(ctx, connect.NewRequest(ask))
	if err != nil {
		return nil, err
	}
	return connected{s}, nil
}

func (c connected) Next() (*runtimev1.ExecuteNodeResponse, error) {
	switch {
	case c.Receive():
		return c.Msg(), nil
	case c.Err() != nil:
		return nil, c.Err()
	}
	return nil, io.EOF
}
