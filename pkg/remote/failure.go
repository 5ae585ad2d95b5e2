package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"github.com/onsethq/onset/pkg/egress"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
)

var (
	noAddress  = node.Permanent(run.NodeFailed, "the url of the runtime is no address")
	errAddress = errors.New("its url is no address")
	// errStatus says that only the status of HTTP tells what went wrong.
	errStatus = errors.New("the status says it")
)

// wire is an error that a runtime sent by the protocol.
type wire struct {
	code    connect.Code
	message string
}

func (w wire) Error() string { return fmt.Sprintf("%s: %s", w.code, w.message) }

// failure is what a call that came to no end means for its node.
func (r Runtime) failure(ctx context.Context, line *egress.Line, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if broken := line.Err(); broken != nil {
		return node.Cut("the runtime", broken, line.Reached() > 0)
	}
	var c *connect.Error
	if errors.As(err, &c) && connect.IsWireError(err) {
		err = wire{c.Code(), c.Message()}
	}
	status, header := line.Answer()
	var said wire
	switch {
	case errors.As(err, &said):
		return r.refused(ctx, said, header)
	case status != 0 && status != http.StatusOK:
		return node.Answered("the runtime", status, header)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ended without a result")
	}
	return &node.Error{Code: run.NodeFailed, Message: fmt.Sprintf("the runtime gave no answer that can be used: %v", err), Unknown: line.Reached() > 0}
}

// refused sorts the codes of Connect by what they mean for another try. A
// runtime that does not know the node is asked which ones it knows.
func (r Runtime) refused(ctx context.Context, said wire, header http.Header) error {
	e := &node.Error{Code: run.NodeFailed, Message: "the runtime refused: " + said.Error(), Permanent: true}
	switch said.code {
	case connect.CodeUnavailable, connect.CodeResourceExhausted, connect.CodeAborted, connect.CodeInternal, connect.CodeUnknown:
		e.Permanent, e.After = false, model.RetryAfter(header)
	case connect.CodeDeadlineExceeded, connect.CodeCanceled, connect.CodeDataLoss:
		e.Permanent, e.Unknown = false, true
	case connect.CodeNotFound, connect.CodeUnimplemented:
		if names, err := r.Nodes(ctx); err == nil && len(names) > 0 {
			e.Message += "; it knows " + strings.Join(names, ", ")
		}
	}
	return e
}

// told is a failure that the runtime understood.
func told(f *runtimev1.ExecuteNodeResponse_Failure) error {
	e := &node.Error{Code: run.NodeFailed, Message: f.GetMessage(), Permanent: !f.GetRetry() && !f.GetOutcomeUnknown(), Unknown: f.GetOutcomeUnknown()}
	if e.Message == "" {
		e.Message = "the runtime failed and does not say why"
	}
	if f.GetRetry() {
		e.After = time.Duration(max(f.GetRetryAfterMs(), 0)) * time.Millisecond
	}
	return e
}
