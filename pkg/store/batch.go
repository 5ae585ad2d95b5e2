package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// batcher is group commit: callers that come at the same time share one
// transaction. One flusher takes the first item and whatever else is there, so
// a lone caller never waits, and under load a batch fills while the one before
// it is being written to disk.
type batcher[I, O any] struct {
	// flush writes a batch in one transaction and answers each item in order.
	flush func(ctx context.Context, items []I) ([]answer[O], error)
	// size is how many bytes an item brings.
	size func(I) int
	// resolve looks up what became of an item whose transaction ended in
	// silence: the connection was lost and nobody knows whether it committed.
	// known is false when the item is not there.
	resolve func(ctx context.Context, item I) (out answer[O], known bool, err error)
	// harmless says that a flush only asks, so that one whose answer was lost is
	// simply made again.
	harmless bool
	// patience is how long a batch with company waits for more, until company
	// items are there; zero never.
	patience time.Duration
	company  int

	queue chan *call[I, O] // of pointers: the room is there from the start, and an item may be wide
	calls sync.Pool        // of *call[I, O]
	quit  chan struct{}
	done  sync.WaitGroup
}

// answer is what becomes of one item.
type answer[O any] struct {
	value O
	err   error
}

const (
	batchRows  = 256
	batchBytes = 1 << 20
	batchQueue = 4096 // beyond it callers are turned away
	batchTime  = 5 * time.Second
	batchTries = 5

	// A caller waits for what it asks, starts or writes down, so it is not held up
	// for long. Nobody waits for an attempt to leave its run but a slot, and a
	// statement costs as much to begin as the rows of eight runs.
	groupWait     = time.Millisecond
	groupCompany  = 16
	acceptCompany = 32 // the statement with the most to begin
	leaveWait     = 5 * time.Millisecond
	leaveCompany  = 64

	resolveTime  = time.Second
	resolvePause = 50 * time.Millisecond
	againPause   = 5 * time.Millisecond
)

// start runs that many flushers until stop.
func (b *batcher[I, O]) start(flushers int) {
	b.queue, b.quit = make(chan *call[I, O], batchQueue), make(chan struct{})
	for range flushers {
		b.done.Go(b.run)
	}
}

// stop lets the flushers finish what is queued and waits for them.
func (b *batcher[I, O]) stop() error {
	close(b.quit)
	b.done.Wait()
	return nil
}

// do gives the item to a batch and waits for its answer, which comes only after
// the commit. A caller whose context ends leaves; its item may still be written.
func (b *batcher[I, O]) do(ctx context.Context, item I) (O, error) {
	c := b.call(ctx, item)
	select {
	case b.queue <- c:
	default:
		b.put(c)
		return *new(O), unavailable(errors.New("too many callers wait for the database"))
	}
	select {
	case <-b.quit:
		// The flushers answer what they find before they end.
		b.done.Wait()
		c.giveUp(errors.New("the store is closed"))
	default: // who stops from here on finds the call in the queue
	}
	a, err := c.wait()
	if err != nil {
		return *new(O), unavailable(err)
	}
	b.put(c)
	return a.value, translate(a.err)
}

func (b *batcher[I, O]) run() {
	company := false
	var full batch[I, O]
	for {
		select {
		case first := <-b.queue:
			b.gather(&full, first, company)
			company = len(full.calls) > 1
			b.commit(&full)
		case <-b.quit:
			for {
				select {
				case first := <-b.queue:
					b.gather(&full, first, false)
					b.commit(&full)
				default:
					return
				}
			}
		}
	}
}

// batch is calls that are written together. Its flusher keeps the room for the
// next one.
type batch[I, O any] struct {
	calls []*call[I, O]
	items []I
	bytes int
}

func (f *batch[I, O]) add(c *call[I, O], size int) {
	f.calls, f.bytes = append(f.calls, c), f.bytes+size
}

// gather takes what is queued. Only a batch that has company, or followed one
// that had, waits a moment for more: then more is likely.
func (b *batcher[I, O]) gather(f *batch[I, O], first *call[I, O], company bool) {
	f.add(first, b.size(first.item))
	var wait <-chan time.Time
	for len(f.calls) < batchRows && f.bytes < batchBytes {
		select {
		case c := <-b.queue:
			f.add(c, b.size(c.item))
			continue
		default:
		}
		if b.patience == 0 || len(f.calls) >= b.company || len(f.calls) == 1 && !company {
			return
		}
		if wait == nil {
			wait = time.After(b.patience)
		}
		select {
		case c := <-b.queue:
			f.add(c, b.size(c.item))
		case <-wait:
			return
		}
	}
}

// commit writes a batch, answers everybody in it and leaves it empty.
func (b *batcher[I, O]) commit(f *batch[I, O]) {
	present := f.calls[:0]
	for _, c := range f.calls {
		if err := c.ctx.Err(); err != nil {
			c.back <- answer[O]{err: err}
			continue
		}
		f.items, present = append(f.items, c.item), append(present, c)
	}
	if len(present) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), batchTime)
		for i, a := range b.write(ctx, f.items) {
			present[i].back <- a
		}
		cancel()
	}
	clear(f.calls)
	clear(f.items)
	f.calls, f.items, f.bytes = f.calls[:0], f.items[:0], 0
}

// write is flush with its failures handled: a deadlock is tried again, one bad
// row does not fail its neighbours, and silence is asked about.
func (b *batcher[I, O]) write(ctx context.Context, items []I) []answer[O] {
	answers, err := b.flush(ctx, items)
	if b.harmless && err != nil {
		answers, err = b.again(ctx, items, err)
	}
	for n := 1; n < batchTries && deadlock(err); n++ {
		answers, err = b.flush(ctx, items)
	}
	switch {
	case err == nil && len(answers) == len(items):
		return answers
	case err == nil:
		err = fmt.Errorf("%d items were answered %d times", len(items), len(answers))
	case len(items) > 1 && (refusedData(err) || lockTimeout(err)):
		answers = answers[:0]
		for _, item := range items {
			answers = append(answers, b.write(ctx, []I{item})...)
		}
		return answers
	case b.resolve != nil && silent(err):
		return b.resolved(items, err)
	}
	answers = make([]answer[O], len(items))
	for i := range answers {
		answers[i].err = err
	}
	return answers
}

// again makes a harmless flush until its answer is not lost any more: after a
// cut, every connection in the pool may be dead.
func (b *batcher[I, O]) again(ctx context.Context, items []I, err error) (answers []answer[O], _ error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	for err != nil && silent(err) {
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(againPause):
		}
		answers, err = b.flush(ctx, items)
	}
	return answers, err
}

// resolved asks for each item by its own id, on connections that are new. When
// the server said goodbye, what is not there then was rolled back; when it said
// nothing it may be committing still, and is asked for up to a second. What was
// not found has not been promised to anybody.
func (b *batcher[I, O]) resolved(items []I, cause error) []answer[O] {
	ctx, cancel := context.WithTimeout(context.Background(), resolveTime)
	defer cancel()
	answers := make([]answer[O], len(items))
	for i, item := range items {
		answers[i] = b.ask(ctx, item, cause)
	}
	return answers
}

func (b *batcher[I, O]) ask(ctx context.Context, item I, cause error) answer[O] {
	goodbye := state(cause) != ""
	for {
		a, known, err := b.resolve(ctx, item)
		if err == nil && known {
			return a
		}
		if err == nil && goodbye {
			return answer[O]{err: unavailable(cause)}
		}
		select {
		case <-ctx.Done():
			return answer[O]{err: unavailable(cause)}
		case <-time.After(resolvePause):
		}
	}
}
