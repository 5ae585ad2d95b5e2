package native

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

const (
	// heartbeat keeps connections that nothing happens on from being taken for
	// dead.
	heartbeat = 10 * time.Second
	// soon and late bound how long a live view waits before it looks again
	// when nobody announced anything: a run that rests is looked at less.
	soon = 250 * time.Millisecond
	late = time.Second
)

// look reads what has happened since it was last called.
type look func(context.Context) (news, error)

// news is what one look found.
type news struct {
	events []event
	// more says that there is more to read at once, over that the run has ended
	// and nothing will follow.
	more, over bool
}

// tail sends a run's events as they come.
type tail struct {
	look     look
	welcome  func(context.Context) bool
	watch    wait.Watch
	patience time.Duration // bounds each look
	// hears says that the caller wants to hear what models are writing.
	hears bool
	now   func() time.Time
	// seq is that of the last event that was sent.
	seq int
}

// send sends events, beginning with those of the first look, until the run is
// over, the caller leaves, the room closes or the key is no longer good. A
// database that is away is asked again.
func (t *tail) send(ctx context.Context, w io.Writer, now news) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	pause := soon
	for {
		if len(now.events) > 0 {
			pause = soon
			if err := write(w, now.events); err != nil {
				return
			}
			t.seq = now.events[len(now.events)-1].document.Seq
		}
		if now.over || !t.rest(ctx, w, beat.C, pause, now.more) {
			return
		}
		pause = min(2*pause, late)
		var err error
		if now, err = t.once(ctx); errors.Is(err, fault.NotFound) {
			return
		}
	}
}

// rest waits for a reason to look again and says whether there is still
// somebody to look for.
func (t *tail) rest(ctx context.Context, w io.Writer, beat <-chan time.Time, pause time.Duration, more bool) bool {
	if more {
		pause = 0
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	rested := time.After(wait.Breath)
	for told := false; !told; {
		select {
		case <-ctx.Done():
			return false
		case <-t.watch.Closed:
			return false
		case <-beat:
			_, err := io.WriteString(w, ":\n\n")
			return err == nil && t.still(ctx)
		case d := <-t.watch.Said:
			if err := t.speak(w, d); err != nil {
				return false
			}
		case <-t.watch.Told:
			told = true
		case <-timer.C:
			return true
		}
	}
	select { // a busy run tells more than anybody can look at
	case <-rested:
		return true
	case <-ctx.Done():
		return false
	}
}

// speak sends a piece of what a model is writing.
func (t *tail) speak(w io.Writer, d run.Delta) error {
	if !t.hears {
		return nil
	}
	return write(w, []event{deltaOf(d, t.seq, t.now())})
}

func (t *tail) once(ctx context.Context) (news, error) {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	return t.look(ctx)
}

func (t *tail) still(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	return t.welcome(ctx)
}

// write sends events as server-sent events, in one piece.
func write(w io.Writer, events []event) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out) // it ends each document, which is one line, with a newline
	enc.SetEscapeHTML(false)
	for _, e := range events {
		if e.name != delta {
			fmt.Fprintf(&out, "id: %s\n", e.place())
		}
		fmt.Fprintf(&out, "event: %s\ndata: ", e.name)
		if err := enc.Encode(e.document); err != nil {
			return err
		}
		out.WriteByte('\n')
	}
	_, err := w.Write(out.Bytes())
	return err
}
