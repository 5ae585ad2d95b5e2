package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// The product as it is shipped, without its fence, and with schedulers that do
// not keep out of each other's way. Each is built once.
var (
	shipped  = &binary{tags: "nomsgpack"}
	unfenced = &binary{tags: "nomsgpack,nofence"}
	unlocked = &binary{tags: "nomsgpack,noschedulelock"}
)

type binary struct {
	tags  string
	clock bool // of a package time that can be wrong
	once  sync.Once
	path  string
	err   error
}

func (b *binary) at(t *testing.T) string {
	t.Helper()
	b.once.Do(b.build)
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

func (b *binary) build() {
	folder, err := os.MkdirTemp("", "onset-chaos-")
	if err != nil {
		b.err = err
		return
	}
	b.path = filepath.Join(folder, "onset")
	args := []string{"build", "-tags", b.tags, "-o", b.path}
	if b.clock {
		file, err := overlay(folder)
		if err != nil {
			b.err = fmt.Errorf("make a clock that can be wrong: %w", err)
			return
		}
		args = append(args, "-overlay", file)
	}
	cmd := exec.Command("go", append(args, "github.com/onsethq/onset/services/onset")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.err = fmt.Errorf("build the product with %s: %w\n%s", b.tags, err, out)
	}
}

func removeBinaries() error {
	for _, b := range []*binary{shipped, unfenced, unlocked, misled} {
		if b.path == "" {
			continue
		}
		if err := os.RemoveAll(filepath.Dir(b.path)); err != nil {
			return err
		}
	}
	return nil
}
