package native

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// runWanted is what a person says to a trigger.
type runWanted struct {
	Environment   string                     `json:"environment" doc:"DEV, UAT or PROD; the workspace's default, or the trigger's first, when it is left out."`
	Message       string                     `json:"message"`
	UserVariables map[string]json.RawMessage `json:"user_variables" doc:"Session variables of the run, at most 200."`
}

var runNowDoc = api.Doc{
	ID: "runTrigger", Summary: "Start a trigger of any kind at once",
	Detail: "What the body does not say, the trigger's config says. The answer comes as soon as the run is accepted, which is for good.",
	Hears:  []api.Header{api.IdempotencyKey, api.TriggerDepth}, Takes: runWanted{}, Optional: true,
	Gives:   api.Gives{http.StatusAccepted: runDocument{}},
	Refuses: []fault.Code{fault.TriggerPaused, fault.NoBuild, fault.QueueFull, fault.NotFound, fault.EnvironmentNotAllowed},
}

// runNow starts a trigger of any kind at once, for a person who wants to see it
// work. What the person does not say, the trigger's config says.
func (n Native) runNow(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[runWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	name, err := c.IdempotencyKey()
	if err != nil {
		return 0, nil, err
	}
	depth, err := launch.Depth(c.Request.Header.Get("X-Trigger-Depth"))
	if err != nil {
		return 0, nil, err
	}
	environment, target, err := n.aim(ctx, c, wanted.Environment)
	if err != nil {
		return 0, nil, err
	}
	event, err := said(wanted.Message, wanted.UserVariables, target.Trigger)
	if err != nil {
		return 0, nil, err
	}
	accepted, err := n.Launcher.Launch(ctx, c.Store, launch.Start{
		Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: environment,
		Class: run.Background, Event: event, Cause: "manual", Key: name, Depth: depth,
	})
	if err != nil {
		return 0, nil, err
	}
	if !accepted.Fresh {
		c.Header.Set("Idempotent-Replayed", "true")
	}
	r, err := c.Store.Run(ctx, accepted.Run)
	return http.StatusAccepted, n.runOf(r), err
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
	target, err := c.Store.Target(ctx, c.Param("trigger"), environment)
	return target, environment, err
}

func said(message string, variables map[string]json.RawMessage, t trigger.Trigger) (trigger.Event, error) {
	e := trigger.Event{Message: message, UserVariables: map[string]any{}}
	if len(variables) > trigger.MaxVariables {
		return e, one("user_variables", "invalid", fmt.Sprintf("a start sets at most %d variables", trigger.MaxVariables))
	}
	for name, raw := range variables {
		if !trigger.VariableName(name) {
			return e, one("user_variables", "invalid", "a variable's name has 1 to 128 characters, no dot and no {{")
		}
		value, err := strictjson.Value(bytes.TrimSpace(raw))
		if err != nil {
			return e, fault.New(fault.BadJSON, "variable %q cannot be read", name)
		}
		e.UserVariables[name] = value
	}
	return e.Over(t.Config)
}
