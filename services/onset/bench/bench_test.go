package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	pprof "github.com/google/pprof/profile"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(bareAddress); addr != "" {
		_ = serveBare(context.Background(), addr)
		return
	}
	if addr := os.Getenv(doorAddress); addr != "" {
		_ = serveDoor(context.Background(), addr)
		return
	}
	os.Exit(m.Run())
}

// product builds what is measured.
func product(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "onset")
	build := exec.Command("go", "build", "-tags", "nomsgpack", "-o", path, "github.com/onsethq/onset/services/onset")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the product: %v\n%s", err, out)
	}
	return path
}

// Every row is measured with a hundredth of the work: that it can be, not what
// it says.
func TestBenchMeasuresEveryRow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := command(t.Context(), []string{"-onset", product(t), "-brief", "-rounds", "1", "-json"}, &out, t.Output()); err != nil {
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

func TestBenchKeepsAProfileOfTheProduct(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "profile.pgo")
	if err := command(t.Context(), []string{"-onset", product(t), "-brief", "-rounds", "1", "-rows", "finish", "-profile", path}, io.Discard, t.Output()); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := pprof.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range p.Mapping {
		if m.File != "" {
			t.Errorf("the profile names %s", m.File)
		}
	}
	if len(p.SampleType) != 2 || p.SampleType[1].Type != "cpu" {
		t.Errorf("the profile is of %v", p.SampleType)
	}
}
