package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

const writerManifest = `
workspaces:
  - name: demo
    environments: {DEV: {secrets: {KEY: s3cret-of-the-model}, models: {slow: {base_url: "%s", secret: KEY, model: m}}}}
    graphs: [{file: writer.yaml, assign: [DEV]}]
    triggers: [{name: writer, kind: background, graph: writer, environments: [DEV]}]
`

const writerGraph = `
nodes:
  - {id: start, kind: start}
  - {id: write, kind: agent, config: {model: slow}, capture: {text: output}}
  - {id: end, kind: end}
edges: [{from: start, to: write}, {from: write, to: end}]
`

// Whoever watches a run reads what its model writes while it writes it, and
// never the key that the model's server was told.
func TestAModelIsWatchedWhileItWrites(t *testing.T) {
	t.Parallel()
	turn := make(chan string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for piece := range turn {
			fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", piece)
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	p := install(t)
	p.start(t, "ONSET_EGRESS_ALLOW="+strings.TrimPrefix(s.URL, "http://"))
	p.ready(t)
	write(t, filepath.Join(p.folder, "writer.yaml"), writerGraph)
	file := filepath.Join(p.folder, "manifest.yaml")
	write(t, file, fmt.Sprintf(writerManifest, s.URL))
	p.says(t, "apply", "-f", file)
	out, complaints, err := p.run(t, "trigger", "start", "writer", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var a answer
	decode(t, []byte(out), &a)

	seen := newSaid()
	tail := p.begin(t, seen, seen, "runs", "tail", a.WorkflowID, "--json")
	if err := seen.await("run.accepted"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ piece, shows string }{
		{"It rains in Oslo, ", `"offset":0,"text":"It rains in Oslo, "`},
		{"my key is s3cret-of-", `"offset":18,"text":"my key is "`},
		{"the-model.", `"offset":28,"text":"[secret]."`},
	} {
		turn <- step.piece
		if err := seen.await(step.shows); err != nil {
			t.Fatalf("%v; it showed %s", err, seen)
		}
	}
	close(turn)
	if err := tail.Wait(); err != nil {
		t.Fatalf("%v: %s", err, seen)
	}
	if got := p.finished(t, a.WorkflowID); got.Status != "completed" || got.Response["text"] != "It rains in Oslo, my key is [secret]." {
		t.Errorf("ended %+v", got)
	}
	if strings.Contains(seen.String(), "s3cret") {
		t.Errorf("shown: %s", seen)
	}
	// Nothing of it was kept but the whole: who comes later reads only that.
	later, complaints, err := p.run(t, "runs", "tail", a.WorkflowID, "--json")
	if err != nil || strings.Contains(later, "model.delta") || !strings.Contains(later, "It rains in Oslo, my key is [secret].") {
		t.Errorf("%v: %s%s", err, later, complaints)
	}
}
