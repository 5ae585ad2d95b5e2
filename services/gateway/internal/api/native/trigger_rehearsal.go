package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// rehearsalWanted is a start that shall only be tried.
type rehearsalWanted struct {
	Environment   string                     `json:"environment" doc:"DEV, UAT or PROD; the workspace's default environment when it is left out."`
	Message       string                     `json:"message"`
	UserVariables map[string]json.RawMessage `json:"user_variables"`
	OverridePause bool                       `json:"override_pause" doc:"Try it as if it was not paused."`
}

// rehearsal is what a start would do now.
type rehearsal struct {
	WouldStart    bool             `json:"would_start"`
	AtOnce        bool             `json:"at_once" doc:"Whether a slot is free; otherwise the run would wait for one."`
	Reason        *notice          `json:"reason" doc:"Why nothing would start, with the code that the start would be refused with; null when it would."`
	Warnings      []notice         `json:"warnings" doc:"What would make the run fail."`
	Kind          string           `json:"kind"`
	Graph         string           `json:"graph"`
	Build         *int             `json:"build" doc:"null when none is assigned to the environment."`
	Environment   string           `json:"environment"`
	Message       string           `json:"message"`
	UserVariables map[string]any   `json:"user_variables"`
	Policies      trigger.Policies `json:"policies"`
	Limits        rehearsalLimits  `json:"limits"`
}

// rehearsalLimits are what would bound the run.
type rehearsalLimits struct {
	CallSeconds int     `json:"call_seconds" doc:"How long a caller who waits would be held, and the run would last."`
	RunSeconds  int     `json:"run_seconds" doc:"How long a run in the background may execute."`
	Running     slotUse `json:"running" doc:"Runs of the workspace that hold a slot."`
	Pending     slotUse `json:"pending" doc:"Runs of the workspace that wait for one."`
}

type slotUse struct {
	Used int `json:"used"`
	Most int `json:"most"`
}

var testTriggerDoc = api.Doc{
	ID: "testTrigger", Summary: "Say what a start would do, and start nothing",
	Detail: "It goes the way of a start up to the last step: the same environment, build, message and variables, and the same reasons to refuse.",
	Takes:  rehearsalWanted{}, Optional: true, Gives: api.Gives{http.StatusOK: rehearsal{}},
	Refuses: []fault.Code{fault.NotFound, fault.EnvironmentNotAllowed},
}

// testTrigger says what a start would do now. Nothing is stored and no bell
// rings.
func (n Native) testTrigger(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[rehearsalWanted](c.Raw)
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
	slots, err := c.Store.Slots(ctx)
	if err != nil {
		return 0, nil, err
	}
	start := launch.Start{
		Workspace: c.Workspace, Trigger: target.Trigger, Build: target.Build, Environment: environment,
		Event: event, EvenPaused: wanted.OverridePause,
	}
	shown := n.rehearse(start, slots)
	shown.Warnings, err = n.lacks(ctx, c, start)
	return http.StatusOK, shown, err
}

// lacks are what the environment does not have and the build names: a start is
// accepted all the same, and its run fails where it gets there.
func (n Native) lacks(ctx context.Context, c *api.Call, s launch.Start) ([]notice, error) {
	warnings := []notice{}
	if s.Build == 0 {
		return warnings, nil
	}
	definition, err := c.Store.Definition(ctx, s.Trigger.GraphID, s.Build)
	if err != nil {
		return nil, err
	}
	held, err := c.Store.Environment(ctx, s.Environment)
	if err != nil {
		return nil, err
	}
	for _, m := range has(held).Lacks(n.Kinds.Needs(definition)) {
		warnings = append(warnings, notice{"missing_" + string(m.Kind), fmt.Sprintf("%s has no %s %q, which %s names", s.Environment, m.Kind, m.Name, m.Path)})
	}
	for _, at := range definition.Nodes {
		callee := n.Kinds.Calls(at)
		if callee == "" {
			continue
		}
		if _, err := c.Store.Graph(ctx, callee); errors.Is(err, fault.NotFound) {
			warnings = append(warnings, notice{"missing_graph", fmt.Sprintf("there is no graph %q, which nodes.%s starts", callee, at.ID)})
		} else if err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

// rehearse decides as a start would.
func (n Native) rehearse(s launch.Start, slots store.Slots) rehearsal {
	t := s.Trigger
	limit := t.Policies.Limit(n.Launcher.RunLimit)
	r := rehearsal{
		Kind: t.Kind, Graph: t.Graph, Environment: s.Environment,
		Message: s.Event.Message, UserVariables: orEmpty(s.Event.UserVariables), Policies: t.Policies,
		Limits: rehearsalLimits{
			CallSeconds: int(min(limit, n.Launcher.SyncLimit) / time.Second), RunSeconds: int(limit / time.Second),
			Running: slotUse{slots.Running, slots.MaxRunning}, Pending: slotUse{slots.Pending, slots.MaxPending},
		},
	}
	if s.Build > 0 {
		r.Build = &s.Build
	}
	accepted, atOnce := slots.Place()
	switch refusal := s.Refusal(); {
	case refusal != nil:
		r.Reason = &notice{string(fault.Of(refusal).Code), obstacle(s)}
	case !accepted:
		r.Reason = &notice{string(fault.QueueFull), fmt.Sprintf("%d runs of the workspace wait already, and no more may", slots.Pending)}
	default:
		r.WouldStart, r.AtOnce = true, atOnce
	}
	return r
}

// obstacle says to whoever manages a trigger why it starts nothing. The refusal
// itself tells its callers less.
func obstacle(s launch.Start) string {
	switch t := s.Trigger; {
	case t.Status == trigger.Archived:
		return "the trigger is archived: restore it first"
	case s.Workspace.TriggersPaused:
		return "all triggers of the workspace are paused (triggers_paused)"
	case t.Status == trigger.Paused && !s.EvenPaused && t.PausedReason != "":
		return "the trigger is paused: " + t.PausedReason
	case t.Status == trigger.Paused && !s.EvenPaused:
		return "the trigger is paused"
	case !t.In(s.Environment):
		return fmt.Sprintf("the trigger starts no runs in %s", s.Environment)
	}
	return fmt.Sprintf("no build of graph %s is assigned to %s", s.Trigger.Graph, s.Environment)
}
