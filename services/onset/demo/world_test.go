package demo

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/node/kinds"
)

func TestWorldKeepsItsAddress(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), addressFile)
	first, err := listen(file)
	if err != nil {
		t.Fatal(err)
	}
	addr := first.Addr().String()
	if _, err := listen(file); err == nil {
		t.Error("an address that is in use was replaced by another")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := listen(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func(l net.Listener) { _ = l.Close() }(again)
	if again.Addr().String() != addr {
		t.Errorf("the world moved from %s to %s", addr, again.Addr())
	}
}

func TestSamplesAreValid(t *testing.T) {
	t.Parallel()
	m, err := Manifest("http://127.0.0.1:8091")
	if err != nil {
		t.Fatal(err)
	}
	w := m.Workspaces[0]
	if w.Name != Workspace || len(w.Graphs) != len(w.Triggers) {
		t.Errorf("%d graphs and %d triggers in %s", len(w.Graphs), len(w.Triggers), w.Name)
	}
	registry := node.NewRegistry(kinds.All()...)
	for _, g := range w.Graphs {
		for _, d := range graph.Validate(g.Definition, registry) {
			t.Errorf("%s: %s: %s", g.File, d.Path, d.Message)
		}
	}
	if url := w.Environments["DEV"].Variables["RUNBOOKS_URL"]; url.Text.Reveal() != "http://127.0.0.1:8091" {
		t.Errorf("RUNBOOKS_URL is %q", url.Text.Reveal())
	}
}
