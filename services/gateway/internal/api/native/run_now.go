package native

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// runWanted is what a run now begins with.
type runWanted struct {
	Environment   string                     `json:"environment" doc:"Where to start; the workspace's default environment when it is left out, or else the first that the trigger has."`
	Message       string                     `json:"message" doc:"The trigger's own message when it is left out or empty."`
	UserVariables map[string]json.RawMessage `json:"user_variables" doc:"Session variables of the run, laid over the trigger's own; at most 1000."`
	Tags          []string                   `json:"tags" doc:"Words under which the run can be found again: at most 20, each of 1 to 64 characters."`
	OverridePause bool                       `json:"override_pause" doc:"Start it although it is paused, this once. It takes the scope trigger:manage, and never overrules triggers_paused of the workspace."`
}

var runNowDoc = api.Doc{
	ID: "runTrigger", Summary: "Start a trigger of any kind at once",
	Detail: "What the body does not say, the trigger's config says. The answer comes as soon as the run is accepted, which is for good; with `Prefer: wait=N` it comes when the run has ended (200), or after that long (202).",
	Hears:  []api.Header{api.IdempotencyKey, api.TriggerDepth, api.Prefer}, Takes: runWanted{}, Optional: true,
	Gives:   startGives,
	Refuses: []fault.Code{fault.TriggerPaused, fault.NoBuild, fault.QueueFull, fault.NotFound, fault.EnvironmentNotAllowed},
}

// runNow starts a trigger of any kind at once, for a person who wants to see it
// work. What the person does not say, the trigger's config says.
func (n Native) runNow(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[runWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	tags, err := tagsOf(wanted.Tags)
	if err != nil {
		return 0, nil, err
	}
	name, depth, err := startHeaders(c)
	if err != nil {
		return 0, nil, err
	}
	environment, target, err := n.aim(ctx, c, wanted.Environment)
	if err != nil {
		return 0, nil, err
	}
	if err := mayOverride(c, wanted.OverridePause); err != nil {
		return 0, nil, err
	}
	event, err := n.said(ctx, wanted.Message, wanted.UserVariables, target.Trigger)
	if err != nil {
		return 0, nil, err
	}
	accepted, err := n.Launcher.Launch(ctx, c.Store, launch.Start{
		Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: environment,
		Class: run.Background, Event: event, Cause: "manual", Key: name, Depth: depth, Tags: tags, EvenPaused: wanted.OverridePause,
	})
	if err != nil {
		return 0, nil, err
	}
	return n.started(ctx, c, accepted)
}

// startHeaders are what the headers of a start say: its name, and how deep in a
// chain of runs it stands.
func startHeaders(c *api.Call) (name string, depth int, err error) {
	if name, err = c.IdempotencyKey(); err != nil {
		return "", 0, err
	}
	depth, err = launch.Depth(c.Request.Header.Get("X-Trigger-Depth"))
	return name, depth, err
}

// mayOverride refuses a key that may start triggers and not manage them: who
// paused one did not mean to be overruled by its callers.
func mayOverride(c *api.Call, override bool) error {
	if override && !c.Key.Allows(key.TriggerManage) {
		return fault.New(fault.Forbidden, "override_pause needs the scope %s", key.TriggerManage)
	}
	return nil
}

// aim finds the trigger and where to start it: where the caller says, else in
// the workspace's default environment, else in the first that the trigger has.
func (n Native) aim(ctx context.Context, c *api.Call, wanted string) (string, store.Target, error) {
	name := wanted
	if name == "" {
		name = c.Workspace.DefaultEnvironment
	}
	target, environment, err := n.targetIn(ctx, c, name)
	if wanted == "" && err == nil && !target.Trigger.In(environment) {
		target, environment, err = n.targetIn(ctx, c, target.Trigger.Environments[0])
	}
	return environment, target, err
}

func (n Native) targetIn(ctx context.Context, c *api.Call, name string) (store.Target, string, error) {
	environment, err := reached(c, name)
	if err != nil {
		return store.Target{}, "", err
	}
	target, err := c.Target(ctx, environment)
	return target, environment, err
}

// said is what a person says, laid over what the trigger says by itself: one
// that goes by the clock speaks of now.
func (n Native) said(ctx context.Context, message string, wanted map[string]json.RawMessage, t trigger.Trigger) (trigger.Event, error) {
	variables, err := variablesOf(wanted)
	if err != nil {
		return trigger.Event{}, err
	}
	event := trigger.Event{Message: message, UserVariables: variables}
	provider, _ := n.Providers.Find(t.Kind)
	if _, hooked := provider.(trigger.Hooked); hooked {
		return event, nil // the trigger's own words speak of a delivery, and there is none
	}
	timed, ok := provider.(trigger.Timed)
	if !ok {
		return event.Over(t.Config)
	}
	now := n.Now()
	event, err = event.OverOccasion(ctx, timed, t, trigger.Occasion{ScheduledFor: now, FiredAt: now})
	if err != nil {
		return trigger.Event{}, fault.Wrap(err, fault.CodeInvalid, "the trigger's own words cannot be used: %v", err)
	}
	return event, nil
}

// variablesOf reads the session variables that a start sets.
func variablesOf(wanted map[string]json.RawMessage) (map[string]any, error) {
	if err := tooMany(len(wanted)); err != nil {
		return nil, err
	}
	variables := make(map[string]any, len(wanted))
	for name, raw := range wanted {
		if !trigger.VariableName(name) {
			return nil, one("user_variables", "invalid", "a variable's name has 1 to 128 characters, no dot and no {{")
		}
		value, err := strictjson.Value(bytes.TrimSpace(raw))
		if err != nil {
			return nil, fault.New(fault.BadJSON, "variable %q cannot be read", name)
		}
		variables[name] = value
	}
	return variables, nil
}

func tooMany(variables int) error {
	if variables <= trigger.MaxVariables {
		return nil
	}
	return one("user_variables", "invalid", fmt.Sprintf("a start sets at most %d variables", trigger.MaxVariables))
}
