package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/hibiken/asynq"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// commits is how many rows of the size of a start the Postgres commits in a
// second, each on its own.
func (b *bench) commits(ctx context.Context, db *pgxpool.Pool) (perSecond float64, err error) {
	config := db.Config().Copy()
	config.MaxConns = clients
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, `create table yardstick (id uuid primary key, message text not null)`); err != nil {
		return 0, err
	}
	defer pool.Exec(context.WithoutCancel(ctx), `drop table yardstick`) //nolint:errcheck // the database goes with it
	var done atomic.Int64
	began := time.Now()
	end := began.Add(b.lasting(3 * time.Second))
	g, ctx := errgroup.WithContext(ctx)
	for range clients {
		g.Go(func() error {
			for time.Now().Before(end) {
				id, err := uuid.NewV7()
				if err != nil {
					return err
				}
				if _, err := pool.Exec(ctx, `insert into yardstick values ($1, $2)`, id, message); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	err = g.Wait()
	return float64(done.Load()) / time.Since(began).Seconds(), err
}

// asynq is how many tasks that do nothing the library's own server takes off
// the Redis in a second.
func (b *bench) asynq(ctx context.Context) (perSecond float64, err error) {
	redis, err := asynq.ParseRedisURI(b.Redis)
	if err != nil {
		return 0, err
	}
	const queue = "bench-yardstick"
	total := int64(b.scaled(20_000))
	if err := enqueue(ctx, redis, queue, int(total)); err != nil {
		return 0, err
	}
	var done atomic.Int64
	all := make(chan struct{})
	server := asynq.NewServer(redis, asynq.Config{Concurrency: clients, Queues: map[string]int{queue: 1}, LogLevel: asynq.FatalLevel})
	began := time.Now()
	err = server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		if done.Add(1) == total {
			close(all)
		}
		return nil
	}))
	if err != nil {
		return 0, err
	}
	defer server.Shutdown()
	select {
	case <-all:
	case <-ctx.Done():
	}
	return float64(total) / time.Since(began).Seconds(), ctx.Err()
}

func enqueue(ctx context.Context, redis asynq.RedisConnOpt, queue string, total int) error {
	client := asynq.NewClient(redis)
	defer client.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(clients)
	for range total {
		g.Go(func() error {
			_, err := client.EnqueueContext(ctx, asynq.NewTask("bench", []byte(message)), asynq.Queue(queue))
			return err
		})
	}
	return g.Wait()
}

// fsync is how long the disk takes to have 8 kB, in µs: the median. A slow
// spell of the disk explains what nothing else does.
func (b *bench) fsync() (µs float64, err error) {
	f, err := os.CreateTemp("", "onset-bench-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 8<<10)
	var all []float64
	for range 200 {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("sync a file: %w", err)
		}
		all = append(all, sinceMS(began)*1000)
	}
	return percentile(all, 50), nil
}

// bareAddress is the variable that makes this program, or its test, serve the
// bare handler and nothing else.
const bareAddress = "ONSET_BENCH_BARE"

// serveBare is the least that gin can do: the same framework, and an answer of
// the size of a status.
func serveBare(ctx context.Context, addr string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	answer := []byte(`{"workflow_id":"01990000-0000-7000-8000-000000000000","response":{"answer":"` + message + `"},"status":"completed","logs":[],"requires_input":false,"error":null}`)
	engine.GET("/*any", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", answer) })
	server := &http.Server{Addr: addr, Handler: engine}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// spawnSelf starts this program as one that serves a yardstick, at the address
// that it finds in the variable.
func spawnSelf(ctx context.Context, name, variable string, settings ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return spawn(ctx, name, self, nil, append(settings, variable+"="+addr), process{addr: addr}, "http://"+addr+"/")
}

// bare is how many calls a second the bare handler answers, in a process of
// its own as the product is.
func (b *bench) bare(ctx context.Context) (perSecond float64, err error) {
	p, err := spawnSelf(ctx, "bare handler", bareAddress)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	request := get("/trigger/status/bench/01990000-0000-7000-8000-000000000000", message[:58])
	l, err := flood(ctx, p.addr, b.scaled(60_000), func(int) []byte { return request }, unread)
	return l.rate(), err
}
