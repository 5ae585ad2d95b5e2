package bootstrap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileIsWrittenWholeAndForItsOwner(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := Read(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder gives %v", err)
	}
	want := File{BaseURL: "http://127.0.0.1:8080", WorkspaceID: "w", APIKey: "k", AdminKey: "a", Triggers: map[string]string{"echo": "t"}}
	for _, f := range []File{{}, want} {
		if err := f.write(folder); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Read(folder)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Fatalf("%v in the folder (%v)", left, err)
	}
	if info, err := left[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
}

func TestFileThatIsNoneSaysWhatToDo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, FileName), []byte(`{"base_url": `), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(folder); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("error is %v", err)
	}
}

func TestBannerPrintsThreeCurlsWithTheKey(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	banner(&out, File{BaseURL: "http://127.0.0.1:8080", WorkspaceID: "w", APIKey: "the-key"}, "data/bootstrap.json")
	if n := strings.Count(out.String(), "curl -sS"); n != 3 {
		t.Errorf("%d curls", n)
	}
	if n := strings.Count(out.String(), `"Authorization: Bearer the-key"`); n != 3 {
		t.Errorf("%d of them have the key", n)
	}
}
