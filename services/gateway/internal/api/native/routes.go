// Package native is Onset's own API: everything that the published surfaces do
// not say, in documents that refuse what they do not know.
package native

import (
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// Native is what the surface's handlers work with.
type Native struct {
	Workspaces Workspaces
	Launcher   launch.Launcher
	Inbound    api.Inbound
	Providers  trigger.Registry
	Kinds      Kinds
	Secrets    Sealer
	// Pepper is under every key's MAC; Random is where new keys come from.
	Pepper []byte
	Random io.Reader
	// Links makes the addresses for those who answer without a key.
	Links link.Signer
	// Base is where callers reach the gateway, for the URLs that are shown.
	Base string
	// Tier is that of a workspace that names none.
	Tier string
	Now  func() time.Time
	// Room is where live views and long polls wait for news; Patience bounds each
	// look of theirs. Announce tells all rooms of a run that a call has changed.
	Room     *wait.Room
	Patience time.Duration
	Announce func(run uuid.UUID)
}

// Kinds knows what each kind of node demands of its config, and what a graph
// expects of its environment.
type Kinds interface {
	graph.Kinds
	Needs(g graph.Graph) []node.Need
	Calls(at graph.Node) string
}

// Surface lists every route.
func (n Native) Surface() api.Surface {
	const (
		root = "/api/v1"
		ws   = root + "/workspaces/:workspace"
		env  = ws + "/environments/:environment"

		get, put, post, del = http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete
	)
	return api.Surface{
		Name:     "native",
		Prefixes: []string{root + "/"},
		Foreign:  fault.New(fault.NotFound, "no such workspace"),
		Refuse:   refuse,
		Refused:  problem{},
		Routes: []api.Route{
			{Method: get, Path: root + "/whoami", Do: n.whoami, Doc: whoamiDoc},
			{Method: get, Path: root + "/trigger-kinds", Do: n.triggerKinds, Doc: triggerKindsDoc},
			{Method: get, Path: root + "/scopes", Do: n.scopes, Doc: scopesDoc},
			{Method: post, Path: root + "/schedules/explain", Do: n.explainSchedule, Doc: explainScheduleDoc},

			{Method: post, Path: root + "/workspaces", Needs: key.WorkspaceAdmin, Audit: "workspace.create", Do: n.createWorkspace, Doc: createWorkspaceDoc},
			{Method: get, Path: root + "/workspaces", Do: n.workspaces, Doc: workspacesDoc},
			{Method: get, Path: ws, Do: n.workspace, Doc: workspaceDoc},
			{Method: http.MethodPatch, Path: ws, Needs: key.WorkspaceAdmin, Audit: "workspace.change", Do: n.patchWorkspace, Doc: patchWorkspaceDoc},
			{Method: del, Path: ws, Needs: key.WorkspaceAdmin, Audit: "workspace.delete", Do: n.deleteWorkspace, Doc: deleteWorkspaceDoc},

			{Method: get, Path: ws + "/audit", Needs: key.WorkspaceAdmin, Do: n.auditLog, Doc: auditLogDoc},

			{Method: post, Path: ws + "/keys", Needs: key.KeyManage, Audit: "key.create", Do: n.createKey, Doc: createKeyDoc},
			{Method: get, Path: ws + "/keys", Needs: key.KeyManage, Do: n.keys, Doc: keysDoc},
			{Method: get, Path: ws + "/keys/:key", Needs: key.KeyManage, Do: n.key, Doc: keyDoc},
			{Method: del, Path: ws + "/keys/:key", Needs: key.KeyManage, Audit: "key.revoke", Do: n.revokeKey, Doc: revokeKeyDoc},
			{Method: post, Path: ws + "/keys/:key/rotate", Needs: key.KeyManage, Audit: "key.rotate", Do: n.rotateKey, Doc: rotateKeyDoc},

			{Method: get, Path: ws + "/graphs", Needs: key.GraphManage, Do: n.graphs, Doc: graphsDoc},
			{Method: get, Path: ws + "/graphs/:graph", Needs: key.GraphManage, Do: n.graph, Doc: graphDoc},
			{Method: put, Path: ws + "/graphs/:graph", Needs: key.GraphManage, Audit: "graph.put", Do: n.putGraph, Doc: putGraphDoc},
			{Method: del, Path: ws + "/graphs/:graph", Needs: key.GraphManage, Audit: "graph.delete", Do: n.deleteGraph, Doc: deleteGraphDoc},
			{Method: post, Path: ws + "/graphs/:graph/validate", Needs: key.GraphManage, Do: n.validateGraph, Doc: validateGraphDoc},
			{Method: post, Path: ws + "/graphs/:graph/builds", Needs: key.GraphManage, Audit: "graph.build", Do: n.freeze, Doc: freezeDoc},
			{Method: get, Path: ws + "/graphs/:graph/builds", Needs: key.GraphManage, Do: n.builds, Doc: buildsDoc},
			{Method: get, Path: ws + "/graphs/:graph/builds/:number", Needs: key.GraphManage, Do: n.build, Doc: buildDoc},
			{Method: get, Path: ws + "/graphs/:graph/builds/:number/diff", Needs: key.GraphManage, Do: n.buildDiff, Doc: diffDoc},

			{Method: get, Path: ws + "/environments", Needs: key.GraphManage, Do: n.environments, Doc: environmentsDoc},
			{Method: get, Path: env, Needs: key.GraphManage, Do: n.environment, Doc: environmentDoc},
			{Method: get, Path: env + "/assignments", Needs: key.GraphManage, Do: n.assignments, Doc: assignmentsDoc},
			{Method: get, Path: env + "/assignments/:graph", Needs: key.GraphManage, Do: n.assignment, Doc: assignmentDoc},
			{Method: put, Path: env + "/assignments/:graph", Needs: key.GraphManage, Audit: "graph.assign", Do: n.assign, Doc: assignDoc},
			{Method: post, Path: env + "/promote", Needs: key.GraphManage, Audit: "environment.promote", Do: n.promote, Doc: promoteDoc},
			{Method: post, Path: env + "/rollback", Needs: key.GraphManage, Audit: "environment.rollback", Do: n.rollback, Doc: rollbackDoc},
			{Method: get, Path: env + "/promotions", Needs: key.GraphManage, Do: n.promotions, Doc: promotionsDoc},
			{Method: get, Path: env + "/promotions/:promotion", Needs: key.GraphManage, Do: n.promotion, Doc: promotionDoc},
			{Method: get, Path: env + "/variables", Needs: key.GraphManage, Do: n.variables, Doc: variablesDoc},
			{Method: get, Path: env + "/variables/:name", Needs: key.GraphManage, Do: n.variable, Doc: variableDoc},
			{Method: put, Path: env + "/variables/:name", Needs: key.GraphManage, Audit: "variable.put", Do: n.putVariable, Doc: putVariableDoc},
			{Method: del, Path: env + "/variables/:name", Needs: key.GraphManage, Audit: "variable.delete", Do: n.deleteVariable, Doc: deleteVariableDoc},
			{Method: get, Path: env + "/secrets", Needs: key.SecretManage, Do: n.secrets, Doc: secretsDoc},
			{Method: get, Path: env + "/secrets/:name", Needs: key.SecretManage, Do: n.secret, Doc: secretDoc},
			{Method: put, Path: env + "/secrets/:name", Needs: key.SecretManage, Audit: "secret.put", Do: n.putSecret, Doc: putSecretDoc},
			{Method: del, Path: env + "/secrets/:name", Needs: key.SecretManage, Audit: "secret.delete", Do: n.deleteSecret, Doc: deleteSecretDoc},
			{Method: get, Path: env + "/models", Needs: key.SecretManage, Do: n.models, Doc: modelsDoc},
			{Method: get, Path: env + "/models/:name", Needs: key.SecretManage, Do: n.model, Doc: modelDoc},
			{Method: put, Path: env + "/models/:name", Needs: key.SecretManage, Audit: "model.put", Do: n.putModel, Doc: putModelDoc},
			{Method: del, Path: env + "/models/:name", Needs: key.SecretManage, Audit: "model.delete", Do: n.deleteModel, Doc: deleteModelDoc},

			{Method: get, Path: ws + "/triggers", Needs: key.TriggerManage, Do: n.triggers, Doc: triggersDoc},
			{Method: post, Path: ws + "/triggers", Needs: key.TriggerManage, Audit: "trigger.create", Do: n.createTrigger, Doc: createTriggerDoc},
			{Method: post, Path: ws + "/triggers/pause", Needs: key.TriggerManage, Audit: "trigger.pause", Do: n.pauseTriggers, Doc: pauseTriggersDoc},
			{Method: post, Path: ws + "/triggers/resume", Needs: key.TriggerManage, Audit: "trigger.resume", Do: n.resumeTriggers, Doc: resumeTriggersDoc},
			{Method: get, Path: ws + "/triggers/:trigger", Needs: key.TriggerManage, Do: n.trigger, Doc: triggerDoc},
			{Method: put, Path: ws + "/triggers/:trigger", Needs: key.TriggerManage, Audit: "trigger.put", Do: n.putTrigger, Doc: putTriggerDoc},
			{Method: http.MethodPatch, Path: ws + "/triggers/:trigger", Needs: key.TriggerManage, Audit: "trigger.change", Do: n.patchTrigger, Doc: patchTriggerDoc},
			{Method: del, Path: ws + "/triggers/:trigger", Needs: key.TriggerManage, Audit: "trigger.delete", Do: n.deleteTrigger, Doc: deleteTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/pause", Needs: key.TriggerManage, Audit: "trigger.pause", Do: n.pauseTrigger, Doc: pauseTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/resume", Needs: key.TriggerManage, Audit: "trigger.resume", Do: n.resumeTrigger, Doc: resumeTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/archive", Needs: key.TriggerManage, Audit: "trigger.archive", Do: n.archiveTrigger, Doc: archiveTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/restore", Needs: key.TriggerManage, Audit: "trigger.restore", Do: n.restoreTrigger, Doc: restoreTriggerDoc},
			{Method: get, Path: ws + "/triggers/:trigger/fires", Needs: key.TriggerManage, Do: n.fires, Doc: firesDoc},
			{Method: get, Path: ws + "/triggers/:trigger/upcoming", Needs: key.TriggerManage, Do: n.upcoming, Doc: upcomingDoc},
			{Method: get, Path: ws + "/triggers/:trigger/explain", Needs: key.TriggerManage, Do: n.explainTrigger, Doc: explainTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/backfills", Needs: key.TriggerManage, Audit: "backfill.create", Do: n.createBackfill, Doc: createBackfillDoc},
			{Method: get, Path: ws + "/triggers/:trigger/backfills", Needs: key.TriggerManage, Do: n.backfills, Doc: backfillsDoc},
			{Method: get, Path: ws + "/triggers/:trigger/backfills/:backfill", Needs: key.TriggerManage, Do: n.backfill, Doc: backfillDoc},
			{Method: post, Path: ws + "/triggers/:trigger/backfills/:backfill/abort", Needs: key.TriggerManage, Audit: "backfill.abort", Do: n.abortBackfill, Doc: abortBackfillDoc},
			{Method: post, Path: ws + "/triggers/:trigger/capture", Needs: key.TriggerManage, Audit: "trigger.capture", Do: n.capture, Doc: captureDoc},
			{Method: get, Path: ws + "/triggers/:trigger/deliveries", Needs: key.DeliveryRead, Do: n.deliveryStats, Doc: deliveryStatsDoc},
			{Method: get, Path: ws + "/triggers/:trigger/secrets", Needs: key.TriggerManage, Do: n.triggerSecrets, Doc: triggerSecretsDoc},
			{Method: post, Path: ws + "/triggers/:trigger/secrets", Needs: key.TriggerManage, Audit: "trigger.secret", Do: n.addTriggerSecret, Doc: addTriggerSecretDoc},
			{Method: post, Path: ws + "/triggers/:trigger/secrets/rotate", Needs: key.TriggerManage, Audit: "trigger.secret", Do: n.rotateTriggerSecrets, Doc: rotateTriggerSecretsDoc},
			{Method: del, Path: ws + "/triggers/:trigger/secrets/:secret", Needs: key.TriggerManage, Audit: "trigger.secret", Do: n.deleteTriggerSecret, Doc: deleteTriggerSecretDoc},
			{Method: post, Path: ws + "/triggers/:trigger/test", Needs: key.TriggerInvoke, Do: n.testTrigger, Doc: testTriggerDoc},
			{Method: post, Path: ws + "/triggers/:trigger/run", Needs: key.TriggerInvoke, Do: n.runNow, Doc: runNowDoc},

			{Method: get, Path: ws + "/deliveries", Needs: key.DeliveryRead, Do: n.deliveries, Doc: deliveriesDoc},
			{Method: post, Path: ws + "/deliveries/replay", Needs: key.TriggerInvoke, Audit: "delivery.replay", Do: n.replayDeliveries, Doc: replayDeliveriesDoc},
			{Method: get, Path: ws + "/deliveries/:delivery", Needs: key.DeliveryRead, Do: n.delivery, Doc: deliveryDoc},
			{Method: post, Path: ws + "/deliveries/:delivery/replay", Needs: key.TriggerInvoke, Audit: "delivery.replay", Do: n.replayDelivery, Doc: replayDeliveryDoc},

			{Method: get, Path: ws + "/alarms", Needs: key.TriggerManage, Do: n.alarms, Doc: alarmsDoc},

			{Method: get, Path: ws + "/runs", Needs: key.RunRead, Do: n.runs, Doc: runsDoc},
			{Method: get, Path: ws + "/runs/:run", Needs: key.RunRead, Sees: "run", Do: n.run, Doc: runDoc},
			{Method: get, Path: ws + "/runs/:run/steps", Needs: key.RunRead, Do: n.steps, Doc: stepsDoc},
			{Method: get, Path: ws + "/runs/:run/steps/:step", Needs: key.RunRead, Do: n.step, Doc: stepDoc},
			{Method: get, Path: ws + "/runs/:run/events", Needs: key.RunRead, Do: n.events, Doc: eventsDoc},
			{Method: post, Path: ws + "/runs/:run/cancel", Needs: key.RunCancel, Audit: "run.cancel", Do: n.cancelRun, Doc: cancelRunDoc},
			{Method: post, Path: ws + "/runs/:run/replay", Needs: key.TriggerInvoke, Audit: "run.replay", Do: n.replay, Doc: replayRunDoc},
			{Method: post, Path: ws + "/runs/:run/answer", Needs: key.RunAnswer, Audit: "run.answer", Do: n.answerRun, Doc: answerRunDoc},

			{Method: get, Path: ws + "/asks", Needs: key.RunRead, Do: n.asks, Doc: asksDoc},
			{Method: get, Path: ws + "/asks/:ask", Needs: key.RunRead, Do: n.ask, Doc: askDoc},
			{Method: post, Path: ws + "/asks/:ask/links", Needs: key.RunAnswer, Audit: "ask.link", Do: n.linkAsk, Doc: linkAskDoc},
			{Method: post, Path: root + "/hooks/:trigger", Open: true, Hook: true, Do: n.hook, Doc: hookDoc("")},
			{Method: post, Path: root + "/hooks/:trigger/:environment", Open: true, Hook: true, Do: n.hook, Doc: hookDoc("In")},
			{Method: post, Path: link.Systems + ":ask/:token", Open: true, Do: n.callback, Doc: callbackDoc},
		},
	}
}
