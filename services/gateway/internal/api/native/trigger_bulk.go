package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// manyWanted chooses triggers; what it names must all be true of each.
type manyWanted struct {
	Labels map[string]string `json:"labels" doc:"Those that have all of these labels."`
	Kind   string            `json:"kind" doc:"Those of this kind."`
	Graph  string            `json:"graph" doc:"Those that start this graph, by name or id."`
	Reason string            `json:"reason" doc:"When pausing: shown as their paused_reason. When resuming: only those that were paused for it."`
}

// manyMoved is what became of them.
type manyMoved struct {
	Changed   int          `json:"changed" doc:"How many triggers have another status now."`
	Triggers  []triggerRow `json:"triggers"`
	Unreached int          `json:"unreached" doc:"How many were left alone because they start runs in an environment that the key does not reach."`
}

var pauseTriggersDoc = api.Doc{
	ID: "pauseTriggers", Summary: "Pause the active triggers of a label, a kind or a graph",
	Detail: "All of them or, when something goes wrong, none. Those that are paused already keep their own reason. To stop everything in a workspace set its `triggers_paused`.",
	Takes:  manyWanted{}, Gives: api.Gives{http.StatusOK: manyMoved{}},
}

func (n Native) pauseTriggers(_ context.Context, c *api.Call) (int, any, error) {
	return n.moveMany(c, c.Store.PauseTriggers)
}

var resumeTriggersDoc = api.Doc{
	ID: "resumeTriggers", Summary: "Resume the paused triggers of a label, a kind or a graph",
	Detail: "With a reason only those that were paused for it, so that what somebody paused for another one stays paused.",
	Takes:  manyWanted{}, Gives: api.Gives{http.StatusOK: manyMoved{}},
}

func (n Native) resumeTriggers(_ context.Context, c *api.Call) (int, any, error) {
	return n.moveMany(c, c.Store.ResumeTriggers)
}

// mover changes the status of the triggers that a filter finds and may allows.
type mover func(ctx context.Context, f store.TriggerFilter, reason string, may func(trigger.Trigger) bool) ([]trigger.Trigger, error)

// manyPatience is how long the triggers of one call may take. Ten thousand need
// more than the door's patience, and somebody who stops them wants them stopped.
const manyPatience = 15 * time.Second

func (n Native) moveMany(c *api.Call, move mover) (int, any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), manyPatience)
	defer cancel()
	wanted, err := decode[manyWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if len(wanted.Labels) == 0 && wanted.Kind == "" && wanted.Graph == "" {
		return 0, nil, one("labels", "invalid", "choose the triggers by labels, kind or graph; triggers_paused of the workspace stops them all")
	}
	filter := store.TriggerFilter{Labels: wanted.Labels, Kind: wanted.Kind, Graph: wanted.Graph}
	out := manyMoved{Triggers: []triggerRow{}}
	moved, err := move(ctx, filter, wanted.Reason, func(t trigger.Trigger) bool {
		if reachesAll(c, t.Environments) != nil {
			out.Unreached++
			return false
		}
		return true
	})
	if err != nil {
		return 0, nil, err
	}
	now, err := standingOf(ctx, c.Store, moved)
	for _, t := range moved {
		out.Triggers = append(out.Triggers, n.triggerOf(c, t, now))
	}
	out.Changed = len(moved)
	return http.StatusOK, out, err
}
