package native

import (
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// runDocument is a run as it is shown.
type runDocument struct {
	ID                uuid.UUID      `json:"id"`
	TriggerID         *uuid.UUID     `json:"trigger_id" doc:"Null when no trigger started it, or the trigger is gone."`
	Trigger           *string        `json:"trigger"`
	Graph             string         `json:"graph"`
	Build             int            `json:"build"`
	Environment       string         `json:"environment"`
	ThreadID          uuid.UUID      `json:"thread_id"`
	Status            run.Status     `json:"status"`
	StatusReason      *string        `json:"status_reason" doc:"Why it is in that status; of a failed run, its error_code."`
	Cause             causeDocument  `json:"cause"`
	Message           string         `json:"message"`
	UserVariables     map[string]any `json:"user_variables"`
	Variables         map[string]any `json:"variables" doc:"The session variables when the run ended."`
	Response          map[string]any `json:"response" doc:"The result: the session variables, or what the end node says."`
	Error             *string        `json:"error"`
	ErrorCode         *string        `json:"error_code"`
	RequiresInput     bool           `json:"requires_input" doc:"It waits for a person's answer."`
	Attempts          int            `json:"attempts" doc:"How often a worker took it."`
	Epoch             int            `json:"epoch" doc:"The number of the newest attempt: what an older one says is refused."`
	Usage             run.Usage      `json:"usage"`
	QueuedMS          int64          `json:"queued_ms" doc:"From its acceptance to its first worker."`
	RunMS             int64          `json:"run_ms" doc:"From its first worker to its end, or to now."`
	CreatedAt         moment         `json:"created_at"`
	StartedAt         *moment        `json:"started_at"`
	FinishedAt        *moment        `json:"finished_at"`
	DeadlineAt        *moment        `json:"deadline_at" doc:"When it is failed if it has not ended."`
	CancelRequestedAt *moment        `json:"cancel_requested_at"`
	Tags              []string       `json:"tags"`
	Links             runLinks       `json:"links"`
	PollAfterMS       *int64         `json:"poll_after_ms" doc:"When it is worth to ask again, in milliseconds: soon for a young run, after ten seconds for one that lasts. null when the run has ended."`
}

// runLinks are where a run can be watched and stopped, as paths at this server.
type runLinks struct {
	Self   string `json:"self"`
	Events string `json:"events"`
	Cancel string `json:"cancel"`
}

func linksOf(r run.Run) runLinks {
	self := "/api/v1/workspaces/" + r.Workspace.String() + "/runs/" + r.ID.String()
	return runLinks{Self: self, Events: self + "/events", Cancel: self + "/cancel"}
}

// causeDocument is why a run exists; what does not apply is null.
type causeDocument struct {
	Kind         string  `json:"kind"`
	ScheduledFor *moment `json:"scheduled_for"`
	LatenessMS   *int64  `json:"lateness_ms"`
	Backfill     *string `json:"backfill" doc:"The backfill that started it for a moment that had passed."`
	DeliveryID   *string `json:"delivery_id"`
	CausedBy     *string `json:"caused_by" doc:"The run that made the delivery happen."`
	ParentRun    *string `json:"parent_run"`
	ReplayOf     *string `json:"replay_of"`
	From         *string `json:"from" doc:"Where a replay begins: a node, or failed; null is the start."`
	Depth        int     `json:"depth"`
}

func (n Native) runOf(r run.Run) runDocument {
	d := runDocument{
		ID: r.ID, Trigger: orNull(r.Trigger), Graph: r.Graph, Build: r.Build, Environment: r.Environment,
		ThreadID: r.ThreadID, Status: r.Status, StatusReason: orNull(reasonOf(r)), Cause: causeOf(r.Cause),
		Message: r.Message, UserVariables: orEmpty(r.UserVariables), Variables: orEmpty(r.Response), Response: orEmpty(r.Response),
		Error: orNull(r.Error), ErrorCode: orNull(string(r.ErrorCode)), RequiresInput: r.RequiresInput(),
		Attempts: r.Attempts, Epoch: r.Epoch, Usage: r.Usage,
		CreatedAt: moment(r.CreatedAt), StartedAt: maybe(r.StartedAt), FinishedAt: maybe(r.FinishedAt),
		DeadlineAt: maybe(r.DeadlineAt), CancelRequestedAt: maybe(r.CancelAt), Tags: append([]string{}, r.Tags...), Links: linksOf(r),
	}
	if r.TriggerID != uuid.Nil {
		d.TriggerID = &r.TriggerID
	}
	d.QueuedMS, d.RunMS = spent(r, n.Now())
	if after := api.PollAfter(r, n.Now()).Milliseconds(); after > 0 {
		d.PollAfterMS = &after
	}
	return d
}

func causeOf(c run.Cause) causeDocument {
	d := causeDocument{
		Kind: c.Kind, ScheduledFor: maybe(c.ScheduledFor), Backfill: orNull(c.Backfill), DeliveryID: orNull(c.DeliveryID), CausedBy: orNull(c.CausedBy),
		ParentRun: orNull(c.ParentRun), ReplayOf: orNull(c.ReplayOf), From: orNull(c.From), Depth: c.Depth,
	}
	if c.ScheduledFor != nil {
		d.LatenessMS = &c.LatenessMS
	}
	return d
}

// reasonOf says why a run is in its status; of a failed one, its error code.
func reasonOf(r run.Run) string {
	if r.Status == run.StatusFailed {
		return string(r.ErrorCode)
	}
	return string(r.Reason)
}

// spent is how long a run waited for its first worker and how long it has
// lasted since, both in milliseconds.
func spent(r run.Run, now time.Time) (queued, ran int64) {
	end := now
	if r.FinishedAt != nil {
		end = *r.FinishedAt
	}
	if r.StartedAt == nil {
		return max(0, end.Sub(r.CreatedAt).Milliseconds()), 0
	}
	return r.StartedAt.Sub(r.CreatedAt).Milliseconds(), max(0, end.Sub(*r.StartedAt).Milliseconds())
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
