// Command runtime-go executes nodes of Onset's graphs: a runtime to begin with,
// over Connect. What the nodes do is in nodes.go.
//
//	RUNTIME_TOKEN=… go run . -addr 127.0.0.1:9400
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/onsethq/onset/proto/runtime/v1/runtimev1connect"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9400", "where to listen; port 0 finds one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, os.Getenv("RUNTIME_TOKEN")); err != nil {
		log.Fatal(err)
	}
}

// serve answers until ctx ends, and then lets what is under way finish.
func serve(ctx context.Context, addr, token string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(runtimev1connect.NewAgentRuntimeHandler(&runtime{nodes: nodes(), token: token}))
	server := &http.Server{Handler: http.MaxBytesHandler(mux, 1<<20), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() {
		patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(patience)
	})
	fmt.Printf("the runtime listens at http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
