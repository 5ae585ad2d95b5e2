package queue

import (
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/onsethq/onset/pkg/run"
	queuev1 "github.com/onsethq/onset/proto/queue/v1"
)

const (
	// bellVersion is the version we speak and understand.
	bellVersion = 1
	// maxRuns is how many runs one bell names.
	maxRuns = 64
)

// encode writes a bell for at most maxRuns leases.
func encode(leases []run.Lease) ([]byte, error) {
	bell := &queuev1.RunBell{V: bellVersion, Runs: make([]*queuev1.RunBell_Run, len(leases))}
	for i, l := range leases {
		bell.Runs[i] = &queuev1.RunBell_Run{Id: l.Run.String(), Epoch: int32(l.Epoch)}
	}
	return protojson.Marshal(bell)
}

// decode reads a bell that anyone may have written. A version that we do not
// know is no error: known is false, and newer workers will hear the next one.
func decode(payload []byte) (leases []run.Lease, known bool, err error) {
	var bell queuev1.RunBell
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(payload, &bell); err != nil {
		return nil, false, fmt.Errorf("read bell: %w", err)
	}
	if bell.V != bellVersion {
		return nil, false, nil
	}
	if n := len(bell.Runs); n == 0 || n > maxRuns {
		return nil, true, fmt.Errorf("read bell: it names %d runs", n)
	}
	for _, r := range bell.Runs {
		id, err := uuid.Parse(r.Id)
		if err != nil || r.Epoch < 0 {
			return nil, true, fmt.Errorf("read bell: run %q at epoch %d", r.Id, r.Epoch)
		}
		leases = append(leases, run.Lease{Run: id, Epoch: int(r.Epoch)})
	}
	return leases, true, nil
}
