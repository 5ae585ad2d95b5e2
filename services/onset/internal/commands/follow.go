package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/services/onset/internal/client"
	"github.com/onsethq/onset/services/onset/internal/live"
)

// follower follows one run live, with a line on the terminal that says what the
// run does.
type follower struct {
	run   string
	view  client.Live
	shown *live.Progress
}

// follow begins behind an event; end it.
func (w workspace) follow(c *cobra.Command, run string, after int) *follower {
	f := &follower{run: run, shown: live.Show(c.ErrOrStderr(), live.Terminal(c.ErrOrStderr()), time.Now)}
	f.view = client.Live{Server: w.Server, Path: w.path("runs", run, "events"), After: after, Lost: func(err error) {
		f.shown.Tell(func(d live.Doing) live.Doing { return d.Lost(err) })
	}}
	return f
}

func (f *follower) end() { f.shown.End() }

// errEnough is what see returns when it wants no more events.
var errEnough = errors.New("enough")

// events calls see with each event until the run has ended.
func (f *follower) events(ctx context.Context, see func(client.Event, live.Event) error) error {
	for e, err := range f.view.Events(ctx) {
		if err != nil {
			return f.broken(ctx, err)
		}
		told, err := live.Read(e)
		if err != nil {
			return err
		}
		err = f.shown.Above(func() error { return see(e, told) })
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
		f.shown.Tell(func(d live.Doing) live.Doing { return d.After(told) })
	}
	return nil
}

// broken says how to go on with what cannot be followed now.
func (f *follower) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errors.New("stopped waiting; the run goes on")
	}
	var p *client.Problem
	if errors.As(err, &p) {
		return unknownRun(f.run, err)
	}
	return fmt.Errorf("%w: onset runs tail %s%s", err, f.run, f.since())
}

// since is the flag that goes on behind what was seen.
func (f *follower) since() string {
	if f.view.After == client.Beginning {
		return ""
	}
	return fmt.Sprintf(" --since %d", f.view.After)
}
