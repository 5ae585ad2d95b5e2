package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(bareAddress); addr != "" {
		_ = serveBare(context.Background(), addr)
		return
	}
	os.Exit(m.Run())
}

// Every row is measured with a hundredth of the work: that it can be, not what
// it says.
func TestBenchMeasuresEveryRow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "onset")
	build := exec.Command("go", "build", "-tags", "nomsgpack", "-o", path, "github.com/onsethq/onset/services/onset")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the product: %v\n%s", err, out)
	}
	var out bytes.Buffer
	if err := command(t.Context(), []string{"-onset", path, "-brief", "-rounds", "1", "-json"}, &out, t.Output()); err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	want := 0
	for _, row := range rows {
		want += len(row.lines)
	}
	if len(r.Figures) != want {
		t.Errorf("%d figures, want %d", len(r.Figures), want)
	}
	for _, f := range r.Figures {
		if f.Value == 0 && f.Unit != "" && f.Unit != "MB/min" {
			t.Errorf("%s: nothing was measured", f.What)
		}
	}
}
