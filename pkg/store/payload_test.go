package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/store/storetest"
)

// bulky is a record with so many bytes of output.
func bulky(seq int, node string, bytes int) run.Record {
	data := fmt.Sprintf(`{"kind":"tool","output":%q,"edges":{"0":true}}`, strings.Repeat("x", bytes))
	return run.Record{Seq: seq, At: time.Now(), Type: run.StepCompleted, Node: node, Data: json.RawMessage(data)}
}

func TestLargePayloadsAreKeptApartAndComeBackWhole(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		small, large, last := bulky(1, "small", 60<<10), bulky(2, "large", 65<<10), bulky(3, "last", 100<<10)
		for range 2 { // an answer that was lost is asked again
			f.check(f.Append(ctx, l, []run.Record{small, large}))
		}
		f.check(f.Finish(ctx, l, run.Outcome{Status: run.StatusCompleted}, []run.Record{last}))
		records, err := f.tenant.Journal(ctx, l.Run, 0, 10)
		f.check(err)
		for i, apart := range []int{0, len(large.Data), len(last.Data)} {
			if r := records[i]; r.Apart() != apart || apart > 0 && len(r.Data) > 200 || !strings.Contains(string(r.Data), `"edges"`) || !strings.Contains(string(r.Data), "tool") {
				t.Errorf("record %d has %d bytes apart and is %.300s", i+1, r.Apart(), r.Data)
			}
		}
		whole, err := f.tenant.Whole(ctx, l.Run, records)
		f.check(err)
		for i, want := range []run.Record{small, large, last} {
			if got := canonicalOf(t, whole[i].Data); got != canonicalOf(t, want.Data) {
				t.Errorf("record %d comes back as %.100s", i+1, got)
			}
		}
		decided, err := f.tenant.Decided(ctx, l.Run, 4)
		f.check(err)
		if !decided[0] {
			t.Error("what a large record decided is lost")
		}
		foreign, err := newWorld(t, s).Whole(ctx, l.Run, records)
		f.check(err)
		if foreign[1].Apart() == 0 {
			t.Error("another workspace reads what is kept apart")
		}
		f.healthy()
	})
}

func TestLargePayloadOfALostAttemptIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Both(t, func(t *testing.T, s *store.Store) {
		ctx, f := t.Context(), newFleet(t, s, 1, 10)
		l := f.running()
		stale := run.Lease{Run: l.Run, Epoch: l.Epoch - 1}
		for what, err := range map[string]error{
			"append": f.Append(ctx, stale, []run.Record{bulky(1, "a", 80<<10)}),
			"finish": f.Finish(ctx, stale, run.Outcome{Status: run.StatusCompleted}, []run.Record{bulky(1, "a", 80<<10)}),
		} {
			if !errors.Is(err, fault.Fenced) {
				t.Errorf("%s: %v", what, err)
			}
		}
		f.status(l.Run, run.StatusRunning, "", 1, 0)
	})
}

// The data of a record may have a member of the name by which its absence is told.
func TestOnlyOurOwnMarkCounts(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]int{
		`{"output":{"apart":5}}`: 0, `{"apart":5}`: 5, `{"apart": 7, "kind": "x"}`: 7, `{"output":"\"apart\":5"}`: 0, `{"apart":"x"}`: 0, ``: 0,
	} {
		if got := (run.Record{Data: json.RawMessage(data)}).Apart(); got != want {
			t.Errorf("%s: %d bytes apart, want %d", data, got, want)
		}
	}
}

func canonicalOf(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v any
	must(t, json.Unmarshal(raw, &v))
	out, err := json.Marshal(v)
	must(t, err)
	return string(out)
}
