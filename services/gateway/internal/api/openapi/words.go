package openapi

import (
	"reflect"

	"github.com/onsethq/onset/pkg/cron"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/schedule"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var info = Info{
	Title:   "Onset",
	Version: "v1",
	Summary: "Starts agent graphs and says what became of them.",
	Description: "Every call bears a key: `Authorization: Bearer ons_…`. The native routes stand under `/api/v1` and answer errors as " +
		"`application/problem+json` with a `code` from a closed list; lists are `{\"items\", \"next_cursor\"}`. " +
		"The routes tagged with the name of another product keep the words of that product: their errors are `{\"detail\": …}`, " +
		"and the same code travels in `X-Error-Code`.",
	License: License{"Apache License 2.0", "Apache-2.0"},
}

// published are the surfaces whose words are not ours.
var published = []string{"phinite", "kortix", "flowra"}

// pathParams explains what stands in paths.
var pathParams = map[string]string{
	"workspace":   "The workspace's name or id; the key must be one of its own.",
	"environment": "DEV, UAT or PROD, in any case.",
	"trigger":     "The trigger's name or id.",
	"graph":       "The graph's name or id.",
	"number":      "The build's number, from 1.",
	"key":         "The key's name or id.",
	"name":        "The name of the value.",
	"run":         "The run's id.",
	"step":        "The seq of the step: of the record with which it began.",
	"backfill":    "The id of a backfill.",
	"promotion":   "The id of a change of what the environment runs.",
	"workflow":    "The run's id, as the start gave it.",
	"delivery":    "The id of something that arrived at a webhook.",
	"asset":       "A file of the page.",
	"ask":         "The id of what a run waits for.",
	"secret":      "The secret's id.",
	"token":       "What makes the address one of ours.",
}

// groups are tags that are not the word in the path.
var groups = map[string]string{"whoami": "Keys", "scopes": "Keys", "trigger-kinds": "Triggers"}

var tagNotes = map[string]string{
	"Alarms":        "What is wrong with triggers now.",
	"Audit":         "Who changed what, when, and from where.",
	"Workspaces":    "The tenant: its limits, its tier, its kill switch.",
	"Keys":          "Who may call, and what they may do.",
	"Graphs":        "Drafts of agent graphs, and the builds that are frozen from them.",
	"Environments":  "DEV, UAT and PROD: which build runs there, and with which variables, secrets and models.",
	"Triggers":      "When a graph starts.",
	"Runs":          "What was started, how it stands, and what it did.",
	"Phinite":       "The published start and status calls, at both of their addresses.",
	"Kortix":        "The published webhook call, at both of its addresses.",
	"Flowra":        "The published calls about trigger instances.",
	"Asks":          "What runs wait for: a person, another system, a moment.",
	"Deliveries":    "What arrived at webhooks, and what became of it.",
	"Hooks":         "Where webhooks arrive.",
	"Callbacks":     "Where other systems answer a run that called them.",
	"People":        "The page behind a link with which one person answers without a key.",
	"Documentation": "This document and the page that shows it.",
}

// names are those of types whose own name does not say enough outside of its
// package, or says what another one says.
var names = map[string]string{
	"graph.Graph":      "Definition",
	"graph.Variable":   "VariableDeclaration",
	"graph.Limits":     "DefinitionLimits",
	"model.Connection": "Model",
	"fault.Detail":     "ProblemDetail",
	"tenant.Limits":    "Limits",
	"trigger.Policies": "Policies",
	"trigger.Expect":   "Expectation",
	"native.urls":      "TriggerURLs",
	"graph.Change":     "DefinitionChange",
	"fault.Code":       "ProblemCode",
	"run.Status":       "RunStatus",
	"trigger.Status":   "TriggerStatus",
}

// vocabularies are the texts that are one of a few words.
var vocabularies = map[reflect.Type][]any{
	reflect.TypeFor[key.Scope]():            words(key.Scopes...),
	reflect.TypeFor[fault.Code]():           words(api.Codes()...),
	reflect.TypeFor[run.Status]():           words(run.Statuses...),
	reflect.TypeFor[run.Decision]():         words(run.Happened, run.TryAgain, run.GiveUp, run.Approved, run.Denied, run.Given, run.Expired),
	reflect.TypeFor[graph.Part]():           words(graph.GraphPart, graph.VariablePart, graph.NodePart, graph.EdgePart),
	reflect.TypeFor[graph.How]():            words(graph.Added, graph.Removed, graph.Changed, graph.Reordered),
	reflect.TypeFor[node.NeedKind]():        words(node.NeedsVariable, node.NeedsSecret, node.NeedsModel),
	reflect.TypeFor[store.PromotionKind]():  words(store.ByHand, store.Promoted, store.RolledBack),
	reflect.TypeFor[cron.Gap]():             words(cron.RunAtChange, cron.SkipGap),
	reflect.TypeFor[cron.Repeat]():          words(cron.First, cron.Last, cron.Both),
	reflect.TypeFor[schedule.Preset]():      words(schedule.Hourly, schedule.Daily, schedule.Weekly, schedule.Monthly),
	reflect.TypeFor[store.AskStatus]():      words(store.AskStatuses...),
	reflect.TypeFor[trigger.BackfillMode](): words(trigger.BackfillModes...),
	reflect.TypeFor[trigger.AlarmKind]():    words(trigger.AlarmKinds...),
	reflect.TypeFor[trigger.Status]():       words(trigger.Active, trigger.Paused, trigger.Archived),
	reflect.TypeFor[trigger.Outcome]():      words(trigger.Outcomes...),
}

func words[T any](all ...T) (out []any) {
	for _, w := range all {
		out = append(out, w)
	}
	return out
}

var security = map[string]any{
	"key": Schema{"type": "http", "scheme": "bearer", "description": "A workspace's key. It is shown once, when it is made."},
}
