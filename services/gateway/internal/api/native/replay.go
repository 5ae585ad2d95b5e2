package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// replayWanted is what shall be other than it was.
type replayWanted struct {
	Message       *string                    `json:"message" doc:"Instead of the first run's message."`
	UserVariables map[string]json.RawMessage `json:"user_variables" doc:"Laid over the first run's variables: those that are not named stay."`
	Build         string                     `json:"build" doc:"same (the default) is the build that the first run used, current the one that its trigger starts now."`
	From          string                     `json:"from" doc:"Where it begins: failed keeps all that the first run finished, the id of a node does that node and what is behind it anew. Left out it is the start."`
	Tags          []string                   `json:"tags" doc:"Instead of the first run's tags."`
}

// The words for a replay's build.
const (
	sameBuild    = "same"
	currentBuild = "current"
)

var replayRunDoc = api.Doc{
	ID: "replayRun", Summary: "Start a run again",
	Detail: "Makes a new run with the message, variables, tags, environment and trigger of the one in the path; what the body says is laid over them. " +
		"`cause.replay_of` names the first run. It is a start like any other: quotas, the queue's limit and a paused trigger apply, and an `Idempotency-Key` is honoured. " +
		"With `from` the results of the nodes before are taken over, not made and paid again: steps that were show `copied`. " +
		"A run that still goes on may be replayed as well, from the start. A run whose trigger was archived or deleted may not: nothing starts from that any more. " +
		"The key needs the scope run:read beside trigger:invoke: the new run repeats what the first one was told. " +
		"It needs run:answer too when the new run begins in the middle and is not the first one once more, because it was patched, takes another build or begins at a node: " +
		"what people decided is taken over for something that they have not seen.",
	Hears: []api.Header{api.IdempotencyKey, api.TriggerDepth, api.Prefer}, Takes: replayWanted{}, Optional: true,
	Gives:   startGives,
	Refuses: []fault.Code{fault.Conflict, fault.TriggerPaused, fault.NoBuild, fault.QueueFull},
}

// replay starts a run again. It goes through the same door as every start, so
// from the beginning it can do nothing that calling the trigger could not: a
// paused trigger refuses it, one that is gone for good does too, and a run that
// still goes on is no obstacle, because the same call could be made twice. From
// the middle it can do more, and needs more (decides).
func (n Native) replay(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[replayWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if wanted.Build == "" {
		wanted.Build = sameBuild
	}
	name, depth, err := startHeaders(c)
	if err != nil {
		return 0, nil, err
	}
	r, err := n.read(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	if wanted.decides() && !c.Key.Allows(key.RunAnswer) {
		return 0, nil, fault.New(fault.Forbidden, "This key lacks the scope %s: what people decided would be taken over for another run; replay it from the start, or from failed as it was", key.RunAnswer)
	}
	event, tags, err := wanted.over(r)
	if err != nil {
		return 0, nil, err
	}
	target, err := wanted.target(ctx, c, r)
	if err != nil {
		return 0, nil, err
	}
	if err := wanted.begins(ctx, c, r, target); err != nil {
		return 0, nil, err
	}
	accepted, err := n.Launcher.Launch(ctx, c.Store, launch.Start{
		Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: r.Environment,
		Class: run.Background, Event: event, Cause: "replay", Replay: &launch.Replay{Of: r.ID, Build: wanted.Build, From: wanted.From, Foreign: r.Cause.Foreign},
		// A replay stands where the first run stood in its chain, and a run that
		// replays others is one more link.
		Key: name, Depth: max(depth, r.Cause.Depth), Tags: tags,
	})
	if err != nil {
		return 0, nil, err
	}
	if accepted.Fresh {
		c.Altered("run/"+r.ID.String(), nil, audit.Fields{"replayed_by": accepted.Run})
	} else {
		c.Unaltered()
	}
	return n.started(ctx, c, accepted)
}

// decides says that the new run would pass by what people and conditions decided
// about something else: it begins behind them, at a node that the caller chose or
// told other things than they were. Going on where the same run failed is what
// they decided.
func (w replayWanted) decides() bool {
	changed := w.Message != nil || len(w.UserVariables) > 0 || w.Build != sameBuild
	return w.From != "" && (changed || w.From != run.FromFailed)
}

// begins refuses a beginning that is not there: in the middle of a run that goes
// on, at a failure of one that did not fail, or at a node that one of the two
// builds does not have.
func (w replayWanted) begins(ctx context.Context, c *api.Call, r run.Run, target store.Target) error {
	switch {
	case w.From == "":
		return nil
	case !r.Status.Terminal():
		return fault.New(fault.Conflict, "the run goes on: it can be replayed from the start only")
	case w.From == run.FromFailed && r.Status == run.StatusCompleted:
		return fault.New(fault.Conflict, "the run has not failed: say from which node")
	case w.From == run.FromFailed || target.Build == 0: // that is refused with the start
		return nil
	}
	g, err := c.Store.Definition(ctx, target.Trigger.GraphID, target.Build)
	if err != nil {
		return err
	}
	at, known := graph.NewPlan(g).Node(w.From)
	if !known || at.Callable {
		return one("from", "invalid", fmt.Sprintf("%s of graph %q has no node %q that edges lead to", build(target.Build), target.Trigger.Graph, w.From))
	}
	ran, err := c.Store.HasRun(ctx, r.ID, w.From)
	if err == nil && !ran {
		err = one("from", "invalid", fmt.Sprintf("the node %q has not run in that run", w.From))
	}
	return err
}

// over is what the new run begins with: what is wanted, laid over what was.
func (w replayWanted) over(r run.Run) (e trigger.Event, tags []string, err error) {
	if w.Build != sameBuild && w.Build != currentBuild {
		return e, nil, one("build", "invalid", "a build is same or current")
	}
	variables, err := variablesOf(w.UserVariables)
	if err != nil {
		return e, nil, err
	}
	if tags, err = tagsOf(w.Tags); err != nil {
		return e, nil, err
	}
	if w.Tags == nil {
		tags = r.Tags
	}
	e = trigger.Event{Message: r.Message, UserVariables: map[string]any{}}
	if w.Message != nil {
		e.Message = *w.Message
	}
	maps.Copy(e.UserVariables, r.UserVariables)
	maps.Copy(e.UserVariables, variables)
	return e, tags, tooMany(len(e.UserVariables))
}

// read is the run that the path names, for a key that may read it: who replays a
// run is shown what it was told.
func (n Native) read(ctx context.Context, c *api.Call) (run.Run, error) {
	if !c.Key.Allows(key.RunRead) {
		return run.Run{}, fault.New(fault.Forbidden, "This key lacks the scope %s", key.RunRead)
	}
	return n.found(ctx, c)
}

// target is the run's trigger, with the graph and build that are wanted.
func (w replayWanted) target(ctx context.Context, c *api.Call, r run.Run) (store.Target, error) {
	if r.Cause.ParentRun != "" {
		return store.Target{}, fault.New(fault.Conflict, "run %s started this one: replay that", r.Cause.ParentRun)
	}
	target, err := c.Store.Target(ctx, r.TriggerID.String(), r.Environment)
	if errors.Is(err, fault.NotFound) || err == nil && target.Trigger.Status == trigger.Archived {
		return store.Target{}, fault.New(fault.Conflict, "the trigger of this run was archived or deleted: nothing starts from it any more")
	}
	if w.Build == sameBuild {
		target.Trigger.GraphID, target.Trigger.Graph, target.Build = r.GraphID, r.Graph, r.Build
	}
	return target, err
}
