package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/onsethq/onset/pkg/client"
	"github.com/onsethq/onset/services/onset/internal/live"
	"github.com/onsethq/onset/services/onset/internal/reach"
)

// follower follows one run live, with a line on the terminal that says what the
// run does.
type follower struct {
	run   string
	view  client.Follower
	shown *live.Progress
}

// follow begins behind an event; end it.
func (w workspace) follow(c *cobra.Command, run, after string) *follower {
	f := &follower{run: run, shown: live.Show(c.ErrOrStderr(), live.Terminal(c.ErrOrStderr()), time.Now)}
	f.view = client.Follower{Client: w.Client, Workspace: w.ID, Run: run, After: after, Lost: func(err error) {
		f.shown.Tell(func(d live.Doing) live.Doing { return d.Lost(reach.Explained(err)) })
	}}
	return f
}

func (f *follower) end() { f.shown.End() }

// errEnough is what see returns when it wants no more events.
var errEnough = errors.New("enough")

// events calls see with each event until the run has ended.
func (f *follower) events(ctx context.Context, see func(client.RunEvent, live.Event) error) error {
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
	var refused *client.Error
	if errors.As(err, &refused) {
		return unknownRun(f.run, err)
	}
	return fmt.Errorf("%w\n  go on with: onset runs tail %s%s", reach.Explained(err), f.run, f.since())
}

// since is the flag that goes on behind what was seen.
func (f *follower) since() string {
	if f.view.After == client.Beginning {
		return ""
	}
	return fmt.Sprintf(" --since %s", f.view.After)
}
