package chaos

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// misled is the product on a host whose clock is wrong by CLOCK_OFFSET. All of it
// is misled, its libraries too, because the standard library is: the build lays
// another package time over the real one. Nothing in the product knows of this.
var misled = &binary{tags: "nomsgpack", clock: true}

// What time.Now begins with, and with what instead.
const (
	readsClock = "	sec, nsec, mono := runtimeNow()\n	if mono == 0 {\n		return Time{uint64(nsec), sec + unixToInternal, Local}"
	shifted    = "	sec, nsec, mono := runtimeNow()\n	sec += clockOffset\n	if mono == 0 {\n		return Time{uint64(nsec), sec + unixToInternal, Local}"

	clockOffset = `package time

import "syscall"

var clockOffset = offset()

func offset() int64 {
	text, _ := syscall.Getenv("CLOCK_OFFSET")
	d, _ := ParseDuration(text)
	return int64(d / Second)
}
`
)

// overlay writes the other package time into a folder, and what tells the
// compiler to use it.
func overlay(folder string) (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	at := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(at, "time.go"))
	if err != nil {
		return "", err
	}
	ours := map[string]string{"time.go": strings.Replace(string(text), readsClock, shifted, 1), "clock_offset.go": clockOffset}
	replace := map[string]string{}
	for name, text := range ours {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(at, name)] = path
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}

// misled makes a service on a host whose clock is wrong, which it is to notice.
func (f *fleet) misled(t *testing.T, service, offset string) *program {
	t.Helper()
	p := f.programOf(t, misled, service, "CLOCK_OFFSET="+offset)
	p.start(t)
	until(t, "a "+service+" "+offset+" off notices it", func() bool { return strings.Contains(p.said.String(), "clock is wrong") })
	return p
}
