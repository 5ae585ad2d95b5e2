package embedded

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func TestAFolderHasOneOwner(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	unlock, err := lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(folder); err == nil || !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), "ONSET_DATA_DIR") {
		t.Errorf("the second owner got %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(folder)
	if err != nil {
		t.Fatalf("a folder that was given back: %v", err)
	}
	_ = again()
}

func TestTheDatabaseFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "onset.db")
	for range 2 {
		if err := private(path); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTheRedisInsideForgetsWhatExpires(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	if err := m.Set("k", "v"); err != nil {
		t.Fatal(err)
	}
	m.SetTTL("k", 20*time.Millisecond)
	stop := wind(m, time.Millisecond)
	defer stop()
	for deadline := time.Now().Add(20 * time.Second); m.Exists("k"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the key outlives its time")
		}
	}
}
