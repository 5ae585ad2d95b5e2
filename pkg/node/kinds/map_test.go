package kinds_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/nodetest"
	"github.com/onsethq/onset/pkg/run"
)

// mapBench is a map beside a callable that loads a page from a server.
func mapBench(t *testing.T, config string, h http.HandlerFunc) *nodetest.Bench {
	t.Helper()
	b := toolBench(t, config, h)
	b.Graph = graphOf(
		nodeOf("n", "map", config),
		graph.Node{ID: "page", Kind: "tool", Callable: true,
			Parameters: json.RawMessage(`{"type":"object","properties":{"page":{"type":"integer"}},"required":["page"]}`),
			Config:     json.RawMessage(`{"http":{"url":"{{ env.API }}/pages/{{ args.page }}"}}`)},
	)
	return b
}

// pages answers with the page that was asked for, and 404 for page 13.
func pages(w http.ResponseWriter, r *http.Request) {
	page := strings.TrimPrefix(r.URL.Path, "/pages/")
	if page == "13" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"page":%s}`, page)
}

// bodies are the pages of a map's results; null is null.
func bodies(t *testing.T, out any) []any {
	t.Helper()
	var list []any
	for _, r := range out.(map[string]any)["results"].([]any) {
		if r != nil {
			r = r.(map[string]any)["body"].(map[string]any)["page"]
		}
		list = append(list, r)
	}
	return list
}

func TestMapKeepsTheOrderOfItsList(t *testing.T) {
	t.Parallel()
	for _, config := range []string{
		`{"over":"[{'page': 7}, {'page': 3}, {'page': 5}]","node":"page"}`,
		`{"over":"[7, 3, 5]","node":"page","arguments":{"page":"{{ item }}"},"parallel":1}`,
		`{"over":"['a', 'b', 'c']","node":"page","arguments":{"page":"{{ [vars.n, 3, 5][index] }}"}}`,
	} {
		b := mapBench(t, config, pages)
		out, err := b.Run(t.Context(), "n")
		if err != nil {
			t.Errorf("%s: %v", config, err)
			continue
		}
		if diff := cmp.Diff([]any{7.0, 3.0, 5.0}, bodies(t, out)); diff != "" {
			t.Errorf("%s: %s", config, diff)
		}
		if diff := cmp.Diff([]any{}, out.(map[string]any)["errors"]); diff != "" {
			t.Errorf("%s: errors %s", config, diff)
		}
		if last := b.Logs[len(b.Logs)-1]; last != "progress: 3 of 3" {
			t.Errorf("%s: the last line is %q", config, last)
		}
	}
}

func TestMapOfAnEmptyListCallsNobody(t *testing.T) {
	t.Parallel()
	b := mapBench(t, `{"over":"[]","node":"page"}`, pages)
	out, err := b.Run(t.Context(), "n")
	if diff := cmp.Diff(map[string]any{"results": []any{}, "errors": []any{}}, out); err != nil || diff != "" || len(b.Done) > 0 {
		t.Errorf("%v, calls %v, output %s", err, b.Done, diff)
	}
}

func TestMapEndsAtItsFirstError(t *testing.T) {
	t.Parallel()
	b := mapBench(t, `{"over":"[1, 13, 3]","node":"page","arguments":{"page":"{{ item }}"},"parallel":1}`, pages)
	_, err := b.Run(t.Context(), "n")
	if e := node.Failed(err); !e.Permanent || e.Code != run.NodeFailed || !strings.Contains(e.Message, "item 1: ") || !strings.Contains(e.Message, "404") {
		t.Errorf("got %+v", e)
	}
	if diff := cmp.Diff([]string{"tool:1:page", "tool:2:page"}, b.Done); diff != "" {
		t.Errorf("behind the error it went on: %s", diff)
	}
}

func TestMapCollectsErrors(t *testing.T) {
	t.Parallel()
	b := mapBench(t, `{"over":"[1, 13, 'x', 4]","node":"page","arguments":{"page":"{{ item }}"},"on_error":"collect"}`, pages)
	out, err := b.Run(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{1.0, nil, nil, 4.0}, bodies(t, out)); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, e := range out.(map[string]any)["errors"].([]any) {
		e := e.(map[string]any)
		got = append(got, fmt.Sprint(e["index"], " ", e["code"], " ", e["message"]))
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "1 node_failed GET ") || !strings.HasPrefix(got[1], "2 node_failed the arguments do not fit: page") {
		t.Errorf("errors %q", got)
	}
}

func TestMapRefusesWhatIsNoList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		over string
		code run.ErrorCode
	}{
		{"7", run.ExpressionFailed},
		{"vars.nobody", run.ExpressionFailed},
		{"vars.long", run.LimitExceeded},
	} {
		b := mapBench(t, fmt.Sprintf(`{"over":%q,"node":"page"}`, c.over), pages)
		b.Scope["vars"].(map[string]any)["long"] = make([]any, 1001)
		if _, err := b.Run(t.Context(), "n"); node.Failed(err).Code != c.code || !node.Failed(err).Permanent {
			t.Errorf("%s: %v", c.over, err)
		}
		if len(b.Done) > 0 {
			t.Errorf("%s: calls %v", c.over, b.Done)
		}
	}
}

func TestMapHasNoMoreThanParallelUnderWay(t *testing.T) {
	t.Parallel()
	const parallel = 3
	var now, most atomic.Int32
	full := make(chan struct{}) // closed when three are under way at once
	var once sync.Once
	b := mapBench(t, fmt.Sprintf(`{"over":"[1,2,3,4,5,6,7,8,9]","node":"page","arguments":{"page":"{{ item }}"},"parallel":%d}`, parallel), func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == parallel {
			once.Do(func() { close(full) })
		}
		<-full
		pages(w, r)
	})
	if _, err := b.Run(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	if most.Load() != parallel {
		t.Errorf("%d were under way at once, want %d", most.Load(), parallel)
	}
}

// Whatever record is lost with its worker, the next one calls only for the
// items that the journal lacks, and comes to the same end.
func TestAMapResumesWhereItsJournalEnds(t *testing.T) {
	t.Parallel()
	const config = `{"over":"[1, 13, 3, 4]","node":"page","arguments":{"page":"{{ item }}"},"parallel":1,"on_error":"collect"}`
	steps := []string{"tool:1:page", "tool:2:page", "tool:3:page", "tool:4:page"}
	calm := mapBench(t, config, pages)
	want, err := calm.Run(t.Context(), "n")
	if err != nil || !slices.Equal(calm.Done, steps) {
		t.Fatalf("without a crash: %v, steps %v", err, calm.Done)
	}
	for crash := range steps {
		b := mapBench(t, config, pages)
		b.CrashAt = crash + 1
		if _, err := b.Run(t.Context(), "n"); !errors.Is(err, nodetest.ErrCrash) {
			t.Fatalf("crash %d: %v", crash, err)
		}
		got, err := b.Run(t.Context(), "n")
		// The message of an error holds the address of the bench's own server.
		for _, out := range []any{want, got} {
			out.(map[string]any)["errors"].([]any)[0].(map[string]any)["message"] = ""
		}
		if diff := cmp.Diff(withoutHeaders(want), withoutHeaders(got)); diff != "" || err != nil {
			t.Errorf("crash at %s: %v, output %s", steps[crash], err, diff)
		}
		if diff := cmp.Diff(slices.Concat(steps[:crash+1], steps[crash:]), b.Done); diff != "" {
			t.Errorf("crash at %s: steps %s", steps[crash], diff)
		}
	}
}

func withoutHeaders(out any) any {
	for _, r := range out.(map[string]any)["results"].([]any) {
		if r, ok := r.(map[string]any); ok {
			delete(r, "headers")
		}
	}
	return out
}
