package queue

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"github.com/onsethq/onset/pkg/run"
)

const (
	taskType = "run"
	// taskTimeout is beyond any run: asynq's own default is shorter than what
	// we promise. taskRetry is never reached by a handler that always
	// acknowledges; it must not be zero, or a worker that dies with a bell in
	// its hand would send it to the archive unheard.
	taskTimeout = 2820 * time.Second
	taskRetry   = 10

	// pace is the least time between two rounds: bells gather meanwhile.
	pace = 5 * time.Millisecond
	// patience bounds one round; pause follows a round that failed.
	patience = 2 * time.Second
	pause    = time.Second
	// farewell bounds the last round, when the program ends.
	farewell = time.Second
)

// Ring says that runs may be ready. It returns at once and cannot fail.
func (q *Queue) Ring(c run.Class, leases ...run.Lease) {
	if len(leases) > 0 {
		q.metrics.dropped.Add(float64(q.out.ring(c, leases)))
	}
}

// Knock says that a start was accepted and not admitted: a dispatcher should
// look. It returns at once and cannot fail.
func (q *Queue) Knock() { q.out.knock() }

// Run sends what was rung until ctx ends, then once more within a second. An
// idle queue sends at once; a busy one gathers for 5 ms. While Redis is away it
// tries once a second and keeps what fits. It returns nil.
func (q *Queue) Run(ctx context.Context) error {
	healthy := true
	for {
		select {
		case <-ctx.Done():
			q.flush()
			return nil
		case <-q.out.filled:
		}
		// A round that has begun is not cut short: it is bounded by itself.
		m := q.out.take()
		q.tellHere(m)
		err := q.send(context.WithoutCancel(ctx), m)
		healthy = q.judge(ctx, healthy, err)
		wait := pace
		if !healthy {
			wait = pause
		}
		rest(ctx, wait)
	}
}

// judge logs the change between reachable and not, once each way.
func (q *Queue) judge(ctx context.Context, was bool, err error) (healthy bool) {
	if err != nil {
		q.metrics.failures.Inc()
	}
	switch {
	case err != nil && was:
		q.log.WarnContext(ctx, "bells do not reach redis; runs start at poll speed", "error", err)
	case err == nil && !was:
		q.log.InfoContext(ctx, "bells reach redis again")
	}
	return err == nil
}

func (q *Queue) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	m := q.out.take()
	q.tellHere(m)
	if !m.empty() {
		if err := q.send(ctx, m); err != nil {
			q.log.WarnContext(ctx, "the last bells were not rung; the database rings again", "error", err)
		}
	}
}

// tellHere tells the ears of this process.
func (q *Queue) tellHere(m mail) {
	q.ears.tell(m.told)
	if len(m.said) > 0 {
		q.voices.tell(m.said)
	}
}

// send publishes first, because a nudge makes the pick-up immediate, and then
// leaves the durable bells. Bells that were not left go back to the outbox.
func (q *Queue) send(ctx context.Context, m mail) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := q.publish(ctx, m)
	for c, leases := range m.bells {
		for chunk := range slices.Chunk(leases, maxRuns) {
			if err == nil {
				err = q.bell(ctx, c, chunk)
			}
			if err != nil {
				q.metrics.dropped.Add(float64(q.out.back(c, chunk)))
			}
		}
	}
	return err
}

func (q *Queue) publish(ctx context.Context, m mail) error {
	pipe := q.client.Pipeline()
	for c := range m.bells {
		pipe.Publish(ctx, q.names.nudges(), string(c))
	}
	for _, words := range announcements(q.id, m.told) {
		pipe.Publish(ctx, q.names.done(), words)
	}
	if len(m.said) > 0 {
		text, err := writeSpeech(q.id, m.said)
		if err != nil {
			return err
		}
		pipe.Publish(ctx, q.names.said(), text)
	}
	if m.knock {
		pipe.Publish(ctx, q.names.knocks(), "")
	}
	_, err := pipe.Exec(ctx)
	return err
}

func (q *Queue) bell(ctx context.Context, c run.Class, leases []run.Lease) error {
	payload, err := encode(leases)
	if err != nil {
		return err
	}
	options := []asynq.Option{asynq.Queue(q.names.queue(c)), asynq.MaxRetry(taskRetry), asynq.Timeout(taskTimeout)}
	_, err = q.tasks.EnqueueContext(ctx, asynq.NewTask(taskType, payload), append(options, asynq.TaskID(q.nextBell()))...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		// The last bell of that name still hangs there.
		_, err = q.tasks.EnqueueContext(ctx, asynq.NewTask(taskType, payload), options...)
	}
	if err == nil {
		q.metrics.bells.Inc()
	}
	return err
}

// bellNames is how many names the bells of a process have. They are used again:
// the Redis inside a process remembers every key that it ever had.
const bellNames = 1024

func (q *Queue) nextBell() string {
	return q.id + "-" + strconv.Itoa(int(q.rung.Add(1)%bellNames))
}

// rest waits, or returns when ctx ends.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
