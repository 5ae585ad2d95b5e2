package phinite

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// startWanted is what a start is told; fields that it does not know are ignored.
type startWanted struct {
	Message       string         `json:"message"`
	UserVariables map[string]any `json:"user_variables" doc:"Session variables of the run, at most 1000."`
}

// refuses are the codes of both ways to start.
var refuses = []fault.Code{fault.NotFound, fault.NoBuild, fault.TriggerPaused, fault.QueueFull, fault.EnvironmentNotAllowed}

func startDoc(as string) api.Doc {
	return api.Doc{
		ID: "startBackground" + as, Summary: "Start a run and answer with its id at once",
		Detail: "The answer comes as soon as the run is accepted, which is for good; with `Prefer: wait=N` when it has ended, or after that long.",
		Hears:  []api.Header{api.IdempotencyKey, api.TriggerDepth, api.Prefer}, Takes: startWanted{}, Optional: true, Loose: true,
		Gives: api.Gives{http.StatusOK: answer{}}, Refuses: refuses,
	}
}

// start accepts a background run and answers with its id at once, or to a caller
// who prefers to wait with the run as it ended. The published status and body
// are the same either way; how the run stands is told in headers.
func (p Phinite) start(ctx context.Context, c *api.Call) (int, any, error) {
	accepted, err := p.accept(ctx, c, run.Background)
	if err != nil {
		return 0, nil, err
	}
	last, kept := p.waiter().Wait(c, accepted.Run, looksAt(c, accepted.Run), nil)
	switch {
	case kept:
		return p.awaited(c, last)
	case !accepted.Fresh:
		return p.state(ctx, c, accepted)
	}
	p.stands(c, run.Run{ID: accepted.Run, Status: run.StatusPending, CreatedAt: p.Now()})
	return http.StatusOK, begun(accepted.Run), nil
}

func callDoc(as string) api.Doc {
	return api.Doc{
		ID: "startAndWait" + as, Summary: "Start a run and answer when it ends",
		Detail: "A run that is called so has 150 seconds. A run that begins to wait for a person is answered at once.",
		Hears:  []api.Header{api.IdempotencyKey, api.TriggerDepth}, Takes: startWanted{}, Optional: true, Loose: true,
		Gives: api.Gives{http.StatusOK: answer{}}, Refuses: refuses,
	}
}

// call accepts a synchronous run and holds the connection until it ends. A
// caller who leaves does not end the run. If the run is still going when the
// wait is over, the answer is pending: only the row may say failed.
func (p Phinite) call(ctx context.Context, c *api.Call) (int, any, error) {
	accepted, err := p.accept(ctx, c, run.Sync)
	if err != nil {
		return 0, nil, err
	}
	last, seen, seated := p.hold(c, accepted)
	switch {
	case !seated:
		return p.state(ctx, c, accepted)
	case !seen:
		return http.StatusOK, pending(accepted.Run), nil
	}
	return p.awaited(c, last)
}

// hold waits for a run's end. Runs are bounded, and so are those who started
// them; one who repeats a start sits where long polls sit, and there may be no
// seat.
func (p Phinite) hold(c *api.Call, a run.Accepted) (last run.Run, seen, seated bool) {
	w := wait.Call{Run: a.Run, Limit: p.Launcher.SyncLimit + beyond, Patience: p.Patience, Look: looksAt(c, a.Run)}
	if !a.Fresh {
		return p.Room.Held(c.Request.Context(), c.Workspace.ID, w)
	}
	last, seen = p.Room.Until(c.Request.Context(), w)
	return last, seen, true
}

// accept is what both ways to start share, in the order in which a caller is
// told what is wrong.
func (p Phinite) accept(ctx context.Context, c *api.Call, class run.Class) (run.Accepted, error) {
	environment := strings.ToUpper(c.Param("environment"))
	if !tenant.IsEnvironment(environment) {
		return run.Accepted{}, notAnEnvironment(c.Param("environment"))
	}
	body, err := parse(c.Raw)
	if err != nil {
		return run.Accepted{}, err
	}
	name, err := c.IdempotencyKey()
	if err != nil {
		return run.Accepted{}, err
	}
	depth, err := launch.Depth(c.Request.Header.Get("X-Trigger-Depth"))
	if err != nil {
		return run.Accepted{}, err
	}
	if !c.Key.Reaches(environment) {
		return run.Accepted{}, fault.EnvironmentNotAllowed
	}
	target, err := c.Target(ctx, environment)
	if errors.Is(err, fault.NotFound) {
		return run.Accepted{}, errNoTrigger
	}
	if err != nil {
		return run.Accepted{}, err
	}
	event, err := p.event(target.Trigger, body)
	if err != nil {
		return run.Accepted{}, err
	}
	accepted, err := p.Launcher.Launch(ctx, c.Store, launch.Start{
		Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: environment,
		Class: class, Event: event, Cause: target.Trigger.Kind, Key: name, Depth: depth,
	})
	if err == nil && !accepted.Fresh {
		c.Header.Set("Idempotent-Replayed", "true")
	}
	return accepted, err
}

var errNoTrigger = fault.New(fault.NotFound, "Trigger not found")

// event is what the trigger's kind makes of the body. A kind that is not called
// by its URL is, for the caller, not there.
func (p Phinite) event(t trigger.Trigger, body trigger.Event) (trigger.Event, error) {
	provider, _ := p.Providers.Find(t.Kind)
	called, ok := provider.(trigger.Called)
	if !ok {
		return trigger.Event{}, errNoTrigger
	}
	return called.Call(t.Config, body)
}

// state answers a repeated start with what became of the first one.
func (p Phinite) state(ctx context.Context, c *api.Call, accepted run.Accepted) (int, any, error) {
	r, err := c.Store.Run(ctx, accepted.Run)
	if err != nil {
		return 0, nil, err
	}
	p.stands(c, r)
	return http.StatusOK, p.shape(ctx, c, r), nil
}
