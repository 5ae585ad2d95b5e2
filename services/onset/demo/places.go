package demo

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"
)

// Places is everything that the samples talk to: the desk, the forge and the
// shop. What has to outlive a restart is kept in a folder.
func Places(folder string, now func() time.Time) (http.Handler, error) {
	d, err := newDesk()
	if err != nil {
		return nil, fmt.Errorf("read the sample's catalogue: %w", err)
	}
	f, err := newForge(now)
	if err != nil {
		return nil, fmt.Errorf("read the sample's repository: %w", err)
	}
	s, err := openShop(filepath.Join(folder, "demo-imports.json"), spend)
	if err != nil {
		return nil, fmt.Errorf("read the sample's imports: %w", err)
	}
	mux := http.NewServeMux()
	d.register(mux)
	f.register(mux)
	s.register(mux)
	return mux, nil
}

// spend lets time pass, unless the caller hangs up first.
func spend(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
