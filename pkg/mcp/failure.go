package mcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
)

var noAddress = node.Permanent(run.NodeFailed, "the url of the MCP server is no address")

// rejected is the code with which the library marks what HTTP did to a request.
const rejected = -32005

// failure is what a visit that failed means for its node. risky says that the
// server was asked for something that may have an effect.
func failure(ctx context.Context, line *egress.Line, err error, risky bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var understood *node.Error
	if errors.As(err, &understood) {
		return understood
	}
	if broken := line.Err(); broken != nil {
		return node.Cut("the MCP server", broken, risky)
	}
	var refusal *jsonrpc.Error
	if errors.As(err, &refusal) && refusal.Code != rejected {
		return refused(refusal)
	}
	if status, header := line.Answer(); status >= http.StatusBadRequest {
		return node.Answered("the MCP server", status, header)
	}
	return &node.Error{Code: run.NodeFailed, Message: fmt.Sprintf("the MCP server gave no answer that can be used: %v", err), Unknown: risky}
}

// refused is an error that the server answered by the protocol: about the call,
// which no repetition mends, or about itself.
func refused(e *jsonrpc.Error) error {
	return &node.Error{
		Code:      run.NodeFailed,
		Message:   fmt.Sprintf("the MCP server refused: %s (%d)", e.Message, e.Code),
		Permanent: e.Code != jsonrpc.CodeInternalError,
	}
}
