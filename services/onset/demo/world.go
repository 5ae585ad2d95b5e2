// Package demo is what `onset up` shows a newcomer: the sample graphs, and the
// little world that the samples talk to.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/onsethq/onset/pkg/boot"
)

// World serves the places that the samples call on this machine, in local mode
// only. The zero World is ready to be a module; it must be made before the
// module that reads ONSET_EGRESS_ALLOW, because it adds itself to that list.
type World struct {
	listener net.Listener
	handler  http.Handler
	drain    time.Duration
}

// URL is where the world answers; empty when it does not exist.
func (w *World) URL() string {
	if w.listener == nil {
		return ""
	}
	return "http://" + w.listener.Addr().String()
}

// Module opens the world's address: the one of the last start, because the
// environment of the sample names it.
func (w *World) Module(e *boot.Env) (boot.Service, error) {
	if e.Settings.Mode != boot.Local {
		return w, nil
	}
	var err error
	if w.handler, err = Places(e.Settings.DataDir, e.Now); err != nil {
		return nil, err
	}
	w.drain = e.Settings.Drain
	w.listener, err = listen(filepath.Join(e.Settings.DataDir, addressFile))
	if err != nil {
		e.Log.Warn("the samples' world cannot be served", "error", err)
		return w, nil
	}
	addr := w.listener.Addr().String()
	e.Settings.EgressAllow = append(e.Settings.EgressAllow, addr)
	e.Log.Warn("graphs may call this machine, for the samples", "address", addr)
	return w, nil
}

// Name says who failed.
func (w *World) Name() string { return "demo" }

// Run serves until ctx ends; a world that does not exist has nothing to do.
func (w *World) Run(ctx context.Context) error {
	if w.listener == nil {
		return nil
	}
	return boot.Serve(ctx, &http.Server{Handler: w.handler}, w.listener, w.drain)
}

// addressFile keeps the world's address in the data folder.
const addressFile = "demo.addr"

// The ports that are tried on a first start: none that the system gives to
// outgoing connections, so that the choice is free again at the next one.
const (
	firstPort = 8091
	lastPort  = 8190
)

// listen opens the address in the file, or a free one and writes it there.
func listen(file string) (net.Listener, error) {
	known, err := os.ReadFile(file)
	if err == nil {
		return net.Listen("tcp", strings.TrimSpace(string(known)))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for port := firstPort; port <= lastPort; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(l.Addr().String()+"\n"), 0o600); err != nil {
			return nil, errors.Join(err, l.Close())
		}
		return l, nil
	}
	return nil, fmt.Errorf("ports %d to %d of this machine are all in use", firstPort, lastPort)
}
