package kortix

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// answer is the body of a webhook that was taken in.
type answer struct {
	Success   bool       `json:"success"`
	Message   string     `json:"message"`
	Duplicate *bool      `json:"duplicate,omitempty" doc:"true when the delivery had started the execution before."`
	Execution *execution `json:"execution,omitempty" doc:"Left out when nothing was to be executed."`
	Result    result     `json:"trigger_result"`
}

// execution is the run that a webhook started, or why it could start none.
type execution struct {
	Success     bool       `json:"success"`
	ExecutionID *uuid.UUID `json:"execution_id,omitempty"`
	AgentRunID  *uuid.UUID `json:"agent_run_id,omitempty" doc:"The execution_id."`
	ThreadID    *uuid.UUID `json:"thread_id,omitempty"`
	Status      string     `json:"status,omitempty" doc:"running, or pending when it is known to wait; of a repeated delivery however the execution stands."`
	Error       string     `json:"error,omitempty"`
	Message     string     `json:"message"`
}

type result struct {
	Execute bool    `json:"should_execute_agent"`
	Prompt  *string `json:"agent_prompt,omitempty" doc:"The prompt with what was inserted."`
}

func webhookDoc(as string) api.Doc {
	return api.Doc{
		ID: "receiveTriggerWebhook" + as, Summary: "Take a webhook in",
		Detail: "It bears no key: `X-Trigger-Secret` is the secret of the trigger, or `X-Hub-Signature-256`, `X-Webhook-Signature` or the three headers of " +
			"Standard Webhooks prove it. The path names the trigger by its id.",
		Gives:   api.Gives{http.StatusOK: answer{}},
		Refuses: []fault.Code{fault.Unauthenticated, fault.NotFound, fault.TriggerPaused, fault.PayloadTooLarge, fault.QueueFull, fault.RateLimited},
	}
}

// webhook takes a webhook in.
func (k Kortix) webhook(ctx context.Context, c *api.Call) (int, any, error) {
	box, taken, err := k.Inbound.Take(ctx, c, api.Webhook{Trigger: c.Param("trigger"), Kind: trigger.KindWebhook, Surface: "kortix"})
	switch {
	case errors.Is(err, fault.NoBuild):
		return http.StatusOK, notStarted(taken, fault.Of(err).Message), nil
	case err != nil:
		return 0, nil, ofWebhook(err, c.Param("trigger"))
	}
	switch taken.Delivery.Outcome {
	case trigger.DeliveryStarted, trigger.DeliveryDuplicate:
	default:
		return http.StatusOK, answer{Success: true, Message: "Trigger processed successfully (no execution needed)"}, nil
	}
	again, cancel := context.WithTimeout(c.Request.Context(), k.Patience)
	defer cancel()
	r, err := k.Inbound.Store.In(box.Workspace().ID).Run(again, taken.Delivery.Run)
	if err != nil {
		return 0, nil, ofWebhook(err, c.Param("trigger"))
	}
	return http.StatusOK, startedBy(taken, r), nil
}

// startedBy is the answer of a webhook that started a run, or had started it.
func startedBy(t intake.Taken, r run.Run) answer {
	a := answer{
		Success: true, Message: "Trigger processed and worker execution started", Result: result{true, &t.Event.Message},
		Execution: &execution{
			Success: true, ExecutionID: &r.ID, AgentRunID: &r.ID, ThreadID: &r.ThreadID, Status: standing(r),
			Message: "Worker execution started successfully",
		},
	}
	if !t.Fresh {
		yes := true
		a.Duplicate, a.Message, a.Execution.Message = &yes, "Delivery was already processed", "Worker execution was started before"
	}
	return a
}

// notStarted is the answer of a webhook whose run was refused for a reason that
// sending it again does not change.
func notStarted(t intake.Taken, reason string) answer {
	return answer{
		Success: true, Message: "Trigger processed and worker execution started", Result: result{true, &t.Event.Message},
		Execution: &execution{Error: reason, Message: "Failed to execute trigger"},
	}
}

// standing is how a run stands. One that nothing keeps from beginning is as good as
// running.
func standing(r run.Run) string {
	switch r.Status {
	case run.StatusPending:
		if r.Reason != "" && r.Reason != run.Queued {
			return "pending"
		}
	case run.StatusCompleted, run.StatusFailed, run.StatusCancelled:
		return string(r.Status)
	}
	return "running"
}

// liveness is what a GET of a webhook's address says.
type liveness struct {
	Status    string `json:"status"`
	Service   string `json:"service"`
	TriggerID string `json:"triggerId"`
}

func aliveDoc(as string) api.Doc {
	return api.Doc{
		ID: "pingTriggerWebhook" + as, Summary: "Say that somebody listens", Gives: api.Gives{http.StatusOK: liveness{}},
		Detail: "Whether there is such a trigger it does not say.",
	}
}

// alive says that somebody listens at the address.
func (k Kortix) alive(_ context.Context, c *api.Call) (int, any, error) {
	return http.StatusOK, liveness{"ok", "trigger-webhook-proxy", c.Param("trigger")}, nil
}
