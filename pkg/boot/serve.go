package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Listen opens a TCP address. The error says which variable names it and, when
// somebody else has it, what to do.
func Listen(variable, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: stop what listens there, or set %s to another address", addr, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w", addr, variable, err)
	}
	return l, nil
}

// Serve answers on l until ctx ends; then it takes no new connection and lets
// the requests in flight finish, at most for drain. Requests do not inherit the
// end of ctx. Times that srv leaves open are filled so that a slow stranger
// holds nothing for long.
func Serve(ctx context.Context, srv *http.Server, l net.Listener, drain time.Duration) error {
	bound(srv)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := srv.Shutdown(rest)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("stop serving %s: %w", l.Addr(), err)
	}
	return nil
}

func bound(srv *http.Server) {
	fill := func(d *time.Duration, shipped time.Duration) {
		if *d == 0 {
			*d = shipped
		}
	}
	fill(&srv.ReadHeaderTimeout, 5*time.Second)
	fill(&srv.ReadTimeout, 30*time.Second)
	fill(&srv.IdleTimeout, time.Minute)
	if srv.MaxHeaderBytes == 0 {
		srv.MaxHeaderBytes = 16 << 10
	}
}
