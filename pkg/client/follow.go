package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RunEvent is one event of a run.
type RunEvent struct {
	// ID is what Follow takes to go on behind this event.
	ID int64
	// Name is the event's kind, such as node.completed.
	Name string
	Data Event
}

// Beginning is before every event.
const Beginning int64 = -1

const (
	// pause is how long a stream that broke is left alone, and breaks how often
	// in a row it may break without an event.
	pause  = time.Second
	breaks = 30
)

// Follow gives a run's events behind the one with the id after, to the run's
// end. A stream that breaks is taken up again where it broke, for half a minute.
// It ends early with the error of a call that was refused, or that of ctx.
func (c *Client) Follow(ctx context.Context, workspace, run string, after int64) iter.Seq2[RunEvent, error] {
	return func(yield func(RunEvent, error) bool) {
		for broken := 0; ; broken++ {
			err := c.stream(ctx, workspace, run, after, func(e RunEvent) bool {
				broken, after = 0, e.ID
				return yield(e, nil)
			})
			switch {
			case errors.Is(err, errOver):
				return
			case ctx.Err() != nil:
				err = ctx.Err()
			case passing(err) && broken < breaks:
				rest(ctx, err)
				continue
			}
			yield(RunEvent{}, err)
			return
		}
	}
}

// passing says whether an error may be gone the next time.
func passing(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError
	}
	return !errors.Is(err, errNonsense)
}

// rest waits as long as the server asked, or a moment.
func rest(ctx context.Context, err error) {
	wait := pause
	var refused *Error
	if errors.As(err, &refused) {
		wait = max(wait, refused.RetryAfter)
	}
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	}
}

var (
	// errOver says that the run has ended, or the reader has seen enough.
	errOver = errors.New("nothing is left to see")
	// errNonsense says that what was sent is no event.
	errNonsense = errors.New("the server sent something else than events")
)

// stream reads one connection until it ends or see says that it is enough.
func (c *Client) stream(ctx context.Context, workspace, run string, after int64, see func(RunEvent) bool) error {
	params := &StreamEventsParams{}
	if after >= 0 {
		last := strconv.FormatInt(after, 10)
		params.LastEventID = &last
	}
	resp, err := c.StreamEvents(ctx, workspace, run, params)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return errOver
	}
	return events(resp.Body, func(e RunEvent) error {
		if !see(e) || ended(e.Name) {
			return errOver
		}
		return nil
	})
}

// ended says whether an event is a run's last.
func ended(name string) bool {
	return name == "run.completed" || name == "run.failed" || name == "run.cancelled"
}

// events reads server-sent events until the text or the reader ends.
func events(from io.Reader, see func(RunEvent) error) error {
	lines := bufio.NewReader(from)
	var e RunEvent
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the live view was cut off: %w", err)
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n" || line == "\r\n":
			if e.Name != "" {
				err = see(e)
			}
			e = RunEvent{}
		case name == "id":
			if e.ID, err = strconv.ParseInt(value, 10, 64); err != nil {
				return fmt.Errorf("%w: id %.40q", errNonsense, value)
			}
		case name == "event":
			e.Name = value
		case name == "data":
			if err = json.Unmarshal([]byte(value), &e.Data); err != nil {
				return fmt.Errorf("%w: %w", errNonsense, err)
			}
		}
		if err != nil {
			return err
		}
	}
}
