package queue

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/onsethq/onset/pkg/run"
)

// goodbye bounds how long a stopping listener waits for asynq, which waits for
// Redis even when nobody answers there.
const goodbye = 3 * time.Second

// Listen calls wake whenever runs of one of the classes may be ready, until ctx
// ends. wake must return at once; it is called from several goroutines. Every
// bell is acknowledged as soon as it was heard, whatever it says.
func (q *Queue) Listen(ctx context.Context, classes []run.Class, wake func(run.Class)) error {
	server := q.serve(classes, wake)
	defer stop(server)
	return q.subscribe(ctx, q.names.nudges(), func(word string) {
		if c := run.Class(word); slices.Contains(classes, c) {
			wake(c)
		}
	}, func() {
		for _, c := range classes {
			wake(c) // a nudge may have passed while we did not listen
		}
	})
}

// Knocks calls dispatch whenever an accepted start may wait for admission,
// until ctx ends. dispatch must return at once.
func (q *Queue) Knocks(ctx context.Context, dispatch func()) error {
	return q.subscribe(ctx, q.names.knocks(), func(string) { dispatch() }, dispatch)
}

// Announcements calls heard with each run that Announce or News named, until ctx
// ends: over says that it has ended or waits for somebody. heard must return at
// once. What other processes tell while Redis is away is lost.
func (q *Queue) Announcements(ctx context.Context, heard func(run uuid.UUID, over bool)) error {
	defer q.ears.listen(func(told map[uuid.UUID]bool) {
		for id, over := range told {
			heard(id, over)
		}
	})()
	return q.subscribe(ctx, q.names.done(), func(words string) { hearAnnouncement(q.id, words, heard) }, func() {})
}

// subscribe hears one channel until ctx ends. back is called each time that the
// subscription stands, the first time included; go-redis restores it after a
// loss.
func (q *Queue) subscribe(ctx context.Context, channel string, heard func(string), back func()) error {
	sub := q.client.Subscribe(ctx, channel)
	defer func() { _ = sub.Close() }()
	events := sub.ChannelWithSubscriptions()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-events:
			switch e := event.(type) {
			case *redis.Subscription:
				back()
			case *redis.Message:
				heard(e.Payload)
			}
		}
	}
}

// serve starts asynq's own listener for the classes' queues.
func (q *Queue) serve(classes []run.Class, wake func(run.Class)) *asynq.Server {
	queues := map[string]int{}
	byQueue := map[string]run.Class{}
	for _, c := range classes {
		queues[q.names.queue(c)] = 1
		byQueue[q.names.queue(c)] = c
	}
	server := asynq.NewServerFromRedisClient(q.client, asynq.Config{
		Concurrency:       4,
		Queues:            queues,
		TaskCheckInterval: q.poll,
		ShutdownTimeout:   time.Second,
		Logger:            quiet{q.log},
		LogLevel:          asynq.WarnLevel,
	})
	err := server.Start(asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		name, _ := asynq.GetQueueName(ctx)
		q.hear(t, byQueue[name], wake)
		return nil
	}))
	if err != nil {
		panic("queue: a new asynq server does not start: " + err.Error()) // only when started twice
	}
	return server
}

// hear wakes for a bell that makes sense and counts the others. A bell is only
// a hint, so who wrote it does not matter: the claim asks the row.
func (q *Queue) hear(t *asynq.Task, c run.Class, wake func(run.Class)) {
	_, known, err := decode(t.Payload())
	switch {
	case err != nil || t.Type() != taskType:
		q.metrics.heard("garbage")
	case !known:
		q.metrics.heard("unknown_version")
	default:
		q.metrics.heard("bell")
		wake(c)
	}
}

func stop(server *asynq.Server) {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		server.Shutdown()
	}()
	t := time.NewTimer(goodbye)
	defer t.Stop()
	select {
	case <-stopped:
	case <-t.C:
	}
}
