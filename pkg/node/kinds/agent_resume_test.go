package kinds_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/node/nodetest"
)

// world is an OpenAI-compatible server that plays a five-step agent, and the
// tool that the agent calls. It counts by idempotency key.
type world struct {
	mu    sync.Mutex
	asked map[string]int
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked[r.Header.Get("Idempotency-Key")]++
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/page" {
		rw.Write([]byte(`{"paged":true}`))
		return
	}
	var q struct {
		Messages []struct{ Role string }
	}
	json.NewDecoder(r.Body).Decode(&q)
	turn := 0
	for _, m := range q.Messages {
		if m.Role == "assistant" {
			turn++
		}
	}
	call := func(id, name, arguments string) map[string]any {
		return map[string]any{"id": id, "type": "function", "function": map[string]any{"name": name, "arguments": arguments}}
	}
	message := []map[string]any{
		{"role": "assistant", "tool_calls": []any{call("a", "page", `{"text":"one"}`), call("b", "look", `{}`)}},
		{"role": "assistant", "content": "paging again", "tool_calls": []any{call("c", "page", `{"text":"two"}`)}},
		{"role": "assistant", "content": `{"severity":"high"}`},
	}[turn]
	json.NewEncoder(rw).Encode(map[string]any{
		"choices": []any{map[string]any{"message": message}},
		"usage":   map[string]any{"prompt_tokens": 10, "completion_tokens": 1},
	})
}

func resumable(t *testing.T) (*nodetest.Bench, *world) {
	t.Helper()
	w := &world{asked: map[string]int{}}
	b := agentBench(t, `{"model":"fake","prompt":"Triage.","tools":[{"node":"page"},{"node":"look"}],"output_schema":{"type":"object","required":["severity"]}}`, w.ServeHTTP)
	b.Models = map[string]model.Connection{"fake": {BaseURL: b.Scope["env"].(map[string]any)["API"].(string), Model: "m"}}
	return b, w
}

// Whatever record is lost with its worker, the next one asks only for what the
// journal lacks, and comes to the same end.
func TestAnAgentResumesWhereItsJournalEnds(t *testing.T) {
	t.Parallel()
	steps := []string{"model:1", "tool:1:page", "tool:2:look", "model:2", "tool:3:page", "model:3"}
	calm, w := resumable(t)
	want, err := calm.Run(t.Context(), "n")
	if err != nil || !slices.Equal(calm.Done, steps) {
		t.Fatalf("without a crash: %v, steps %v", err, calm.Done)
	}
	if d := cmp.Diff(map[string]any{"severity": "high"}, want); d != "" || calm.Usage.InputTokens != 30 || calm.Usage.ModelCalls != 3 {
		t.Fatalf("output %s, usage %+v", d, calm.Usage)
	}
	if w.asked["run/n/0/model:2"] != 1 || w.asked["run/n/0/tool:3:page"] != 1 {
		t.Fatalf("keys %v", w.asked)
	}
	for crash := range steps {
		b, w := resumable(t)
		b.CrashAt = crash + 1
		if _, err := b.Run(t.Context(), "n"); !errors.Is(err, nodetest.ErrCrash) {
			t.Fatalf("crash %d: %v", crash, err)
		}
		got, err := b.Run(t.Context(), "n")
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("crash at %s: %v, output %s", steps[crash], err, d)
		}
		if d := cmp.Diff(slices.Concat(steps[:crash+1], steps[crash:]), b.Done); d != "" {
			t.Errorf("crash at %s: steps %s", steps[crash], d)
		}
		for key, n := range w.asked {
			lost := strings.HasSuffix(key, "/"+steps[crash])
			if lost && n != 2 || !lost && n != 1 {
				t.Errorf("crash at %s: %s was asked %d times", steps[crash], key, n)
			}
		}
		if b.Usage != calm.Usage {
			t.Errorf("crash at %s: usage %+v, want %+v", steps[crash], b.Usage, calm.Usage)
		}
	}
}
