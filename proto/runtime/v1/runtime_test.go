package runtimev1_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	runtimev1 "github.com/onsethq/onset/proto/runtime/v1"
)

// The files in testdata were written once and are never written again: runtimes
// that parse them by hand are not built anew with us.
func TestYesterdaysRuntimesStillUnderstand(t *testing.T) {
	t.Parallel()
	type answer = runtimev1.ExecuteNodeResponse
	lines := bytes.Split(bytes.TrimSpace(read(t, "testdata/answer_v1.ndjson")), []byte("\n"))
	for raw, want := range map[string]proto.Message{
		string(read(t, "testdata/request_v1.json")): &runtimev1.ExecuteNodeRequest{
			Node: "statistics", Arguments: object(t, map[string]any{"numbers": []any{11, 12.5}, "unit": nil, "deep": map[string]any{"ok": true}}),
			IdempotencyKey: "0199b7a0-3d1e-7c52-9a43-5c1e7f0b2d61/numbers/0",
			RunId:          "0199b7a0-3d1e-7c52-9a43-5c1e7f0b2d61", NodeId: "numbers", ThreadId: "0199b7a0-3d1f-7000-8000-000000000001",
			Epoch: 2, TriggerDepth: 1, TimeoutMs: 60000,
		},
		string(read(t, "testdata/describe_v1.json")): &runtimev1.DescribeResponse{Nodes: []*runtimev1.DescribeResponse_Node{
			{Name: "statistics", Description: "Count and sum", Parameters: object(t, map[string]any{"type": "object"})},
		}},
		string(lines[0]): &answer{Event: &runtimev1.ExecuteNodeResponse_Progress_{Progress: &runtimev1.ExecuteNodeResponse_Progress{Done: 1, Total: 2}}},
		string(lines[1]): &answer{Event: &runtimev1.ExecuteNodeResponse_Log_{Log: &runtimev1.ExecuteNodeResponse_Log{Level: "warning", Message: "slow"}}},
		string(lines[2]): &answer{Event: &runtimev1.ExecuteNodeResponse_Failure_{Failure: &runtimev1.ExecuteNodeResponse_Failure{Message: "busy", Retry: true, RetryAfterMs: 500, OutcomeUnknown: true}}},
		string(lines[3]): &answer{Event: &runtimev1.ExecuteNodeResponse_Result_{Result: &runtimev1.ExecuteNodeResponse_Result{Output: structpb.NewStructValue(object(t, map[string]any{"sum": 23.5}))}}},
	} {
		got := want.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(raw), got); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s is read as %v: %v", raw, got, err)
		}
		if sent, err := protojson.Marshal(want); err != nil || !same(t, []byte(raw), sent) {
			t.Errorf("%s is sent as %s: %v", raw, sent, err)
		}
	}
}

// same says whether two texts are one JSON value.
func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	return json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func object(t *testing.T, fields map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
