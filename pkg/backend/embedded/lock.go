package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lock takes the data folder for this process. The system gives it back when
// the process ends, however it ends. The file stays, with the owner's process
// id in it for whoever comes second.
func lock(folder string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = taken(f, folder)
	} else if err == nil {
		err = sign(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f.Close, nil
}

func taken(f *os.File, folder string) error {
	owner := make([]byte, 32)
	n, _ := f.ReadAt(owner, 0)
	return fmt.Errorf("the data folder %s belongs to a running onset (process %s): stop it, or set ONSET_DATA_DIR to another folder",
		folder, strings.TrimSpace(string(owner[:n])))
}

func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	return nil
}
