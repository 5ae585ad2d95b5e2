package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// world is one workspace with one of everything in it.
type world struct {
	store.Tenant
	workspace tenant.Workspace
	graph     store.StoredGraph
	trigger   trigger.Trigger
}

// newWorld makes a workspace whose graph "digest" has build 1 assigned to DEV
// and is started by trigger "nightly".
func newWorld(t *testing.T, s *store.Store) world {
	t.Helper()
	ctx := t.Context()
	ws, err := s.CreateWorkspace(ctx, tenant.Workspace{Name: "w" + uuid.NewString()[:8]})
	must(t, err)
	w := world{Tenant: s.In(ws.ID), workspace: ws}
	w.graph, _, err = w.PutGraph(ctx, says("digest", "good morning"), nil)
	must(t, err)
	_, _, err = w.Freeze(ctx, "digest", "test")
	must(t, err)
	must(t, failure(w.Assign(ctx, "DEV", "digest", 1, "test")))
	must(t, w.PutVariable(ctx, "DEV", "URL", "http://127.0.0.1"))
	must(t, w.PutSecret(ctx, "DEV", "TOKEN", []byte{1, 2, 3}, "oken"))
	must(t, w.PutModel(ctx, "DEV", "default", model.Connection{BaseURL: "http://127.0.0.1/v1", Secret: "TOKEN"}))
	w.trigger, _, err = w.PutTrigger(ctx, nightly(), nil)
	must(t, err)
	return w
}

// says is a graph of one node whose output is the text.
func says(name, text string) graph.Graph {
	return graph.Graph{
		Name: name,
		Nodes: []graph.Node{
			{ID: "start", Kind: "start"},
			{ID: "say", Kind: "transform", Config: json.RawMessage(fmt.Sprintf(`{"set":{"text":%q},"b":1}`, text))},
			{ID: "end", Kind: "end"},
		},
		Edges: []graph.Edge{{From: "start", To: "say"}, {From: "say", To: "end"}},
	}
}

func nightly() trigger.Trigger {
	return trigger.Trigger{
		Name: "nightly", Title: "Nightly digest", Kind: "schedule", Graph: "digest", Environments: []string{"DEV"},
		Config: json.RawMessage(`{"cron": "0 9 * * *", "a": 1.50}`), Labels: map[string]string{"owner": "data"},
	}
}

// start is a background run of the world's trigger, not yet accepted.
func (w world) start() run.Start {
	return run.Start{
		Run: run.Run{
			ID: uuid.Must(uuid.NewV7()), Workspace: w.workspace.ID, TriggerID: w.trigger.ID, Trigger: w.trigger.Name,
			GraphID: w.graph.ID, Graph: w.graph.Name, Build: 1, Environment: "DEV", Class: run.Background,
			ThreadID: uuid.Must(uuid.NewV7()), Cause: run.Cause{Kind: "api"},
		},
		Limit: time.Hour, KeyTTL: time.Hour,
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failure is what became of a call whose answer nobody reads.
func failure[T any](_ T, err error) error { return err }

func refused(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
