package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"

	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

// plain is an answer that holds one message, or several behind one another.
type plain struct {
	body io.Closer
	read *json.Decoder
}

func postPlain(ctx context.Context, client *http.Client, address string, ask *runtimev1.ExecuteNodeRequest) (stream, error) {
	body, err := protojson.Marshal(ask)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(address, "/")+runtimev1connect.AgentRuntimeExecuteNodeProcedure, bytes.NewReader(body))
	if err != nil {
		return nil, errAddress
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, application/x-ndjson")
	if ask.GetTimeoutMs() > 0 {
		r.Header.Set("Connect-Timeout-Ms", strconv.Itoa(int(ask.GetTimeoutMs())))
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return plain{resp.Body, json.NewDecoder(resp.Body)}, nil
}

// refusal is what a runtime answers in place of messages: the error of Connect
// if it is one, {"code": "not_found", "message": "…"}.
func refusal(resp *http.Response) error {
	var said struct {
		Code    connect.Code `json:"code"`
		Message string       `json:"message"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || said.Code == 0 {
		return errStatus
	}
	return wire{said.Code, said.Message}
}

func (p plain) Next() (*runtimev1.ExecuteNodeResponse, error) {
	var raw json.RawMessage
	if err := p.read.Decode(&raw); err != nil {
		return nil, err
	}
	said := &runtimev1.ExecuteNodeResponse{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, said); err != nil {
		return nil, fmt.Errorf("a message is not of the protocol: %w", err)
	}
	return said, nil
}

func (p plain) Close() error { return p.body.Close() }
