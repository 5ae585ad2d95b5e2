package boot

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnAddressInUseSaysWhatToDo(t *testing.T) {
	t.Parallel()
	l, err := Listen("ONSET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = Listen("ONSET_ADDR", l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()+" is in use") || !strings.Contains(err.Error(), "set ONSET_ADDR") {
		t.Errorf("got %v", err)
	}
	if _, err = Listen("ONSET_ADDR", "nowhere.invalid:1"); err == nil || !strings.Contains(err.Error(), "ONSET_ADDR") {
		t.Errorf("got %v", err)
	}
}

// slow is a server with one request in flight, which waits for release.
func slow(t *testing.T, drain time.Duration) (stop func(), release chan struct{}, answered chan string, ended chan error) {
	t.Helper()
	l, err := Listen("ONSET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{})
	release = make(chan struct{})
	answered, ended = make(chan string, 1), make(chan error, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		select {
		case <-release:
			_, _ = io.WriteString(w, "whole")
		case <-r.Context().Done():
		}
	})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- Serve(ctx, srv, l, drain) }()
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			answered <- ""
			return
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		answered <- string(body)
	}()
	<-arrived
	return cancel, release, answered, ended
}

func TestAnEndingServerFinishesItsRequests(t *testing.T) {
	t.Parallel()
	stop, release, answered, ended := slow(t, time.Minute)
	stop()
	close(release)
	if got := <-answered; got != "whole" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestARequestThatOutlastsTheDrainIsCut(t *testing.T) {
	t.Parallel()
	stop, _, answered, ended := slow(t, time.Millisecond)
	stop()
	if got := <-answered; got != "" {
		t.Errorf("the request got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestAServerWhoseListenerBreaksSaysSo(t *testing.T) {
	t.Parallel()
	l, err := Listen("ONSET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if err := Serve(t.Context(), &http.Server{}, l, time.Second); err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("got %v", err)
	}
}
