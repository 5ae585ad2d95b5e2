package flowra

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// logsQuery chooses invocations.
type logsQuery struct {
	Q         string `query:"q" doc:"A text that stands in the event, the subject, the reason or the slug."`
	Page      int    `query:"page" doc:"From 1, which it is when it is left out."`
	Limit     int    `query:"limit" doc:"1 to 100; 20 when it is left out."`
	Offset    int    `query:"offset" doc:"How many to leave out, where no page is given."`
	SortBy    string `query:"sortBy" doc:"createdAt."`
	SortOrder string `query:"sortOrder" doc:"ASC or DESC, which it is when it is left out."`
	Fields    string `query:"fields" doc:"Names of fields with commas between them: only these are shown."`
	ToolSlug  string `query:"toolSlug" doc:"Webhooks have none."`
	Source    string `query:"source" doc:"connected_webhook, local_webhook or poll_scheduler."`
	TriggerID string `query:"triggerId" doc:"The id of an instance."`
}

// invocation is one request to an instance's webhook.
type invocation struct {
	ID          uuid.UUID       `json:"id"`
	TriggerID   uuid.UUID       `json:"triggerId"`
	Slug        string          `json:"slug"`
	ToolSlug    *string         `json:"toolSlug"`
	Source      string          `json:"source"`
	Status      string          `json:"status" doc:"success, failed or skipped."`
	StatusCode  int             `json:"statusCode" doc:"What the sender was answered."`
	ExecutionID *uuid.UUID      `json:"executionId"`
	ThreadID    *uuid.UUID      `json:"threadId"`
	Payload     json.RawMessage `json:"payload" doc:"The body, if it was JSON and at most 64 KiB; else null."`
	Error       *string         `json:"error" doc:"Why no execution was started."`
	ReplayOf    *uuid.UUID      `json:"replayOf"`
	CreatedAt   string          `json:"createdAt"`
}

// invocations are one page of them.
type invocations struct {
	Success     bool             `json:"success" doc:"true"`
	Message     string           `json:"message"`
	Data        []map[string]any `json:"data" doc:"Invocations, each with the fields that were asked for."`
	Total       int              `json:"total"`
	Page        int              `json:"page"`
	Limit       int              `json:"limit"`
	TotalPages  int              `json:"totalPages"`
	HasNext     bool             `json:"hasNextPage"`
	HasPrevious bool             `json:"hasPreviousPage"`
}

var logsDoc = api.Doc{
	ID: "listInvocationLogs", Summary: "List what arrived at the webhooks of instances", Query: logsQuery{},
	Detail: "The key may stand in `x-api-key` as well.",
	Gives:  api.Gives{http.StatusOK: invocations{}},
}

// sourceLocal is where the requests to our own webhooks come from; connected ones
// and polls are those of other systems.
const (
	sourceLocal     = "local_webhook"
	sourceConnected = "connected_webhook"
	sourcePoll      = "poll_scheduler"
)

// logs lists what arrived.
func (f Flowra) logs(ctx context.Context, c *api.Call) (int, any, error) {
	q := c.Query()
	span, err := spanOf(q)
	if err != nil {
		return 0, nil, err
	}
	filter := store.DeliveryFilter{Environments: c.Key.Environments}
	none := q.Get("toolSlug") != ""
	switch source := q.Get("source"); source {
	case "", sourceLocal:
	case sourceConnected, sourcePoll:
		none = true
	default:
		return 0, nil, bad("source must be one of %s, %s, %s", sourceConnected, sourceLocal, sourcePoll)
	}
	if ref := q.Get("triggerId"); ref != "" {
		if filter.Trigger, err = uuid.Parse(ref); err != nil {
			return 0, nil, bad("triggerId must be a UUID")
		}
	}
	var found []store.LoggedDelivery
	total := 0
	if !none {
		if found, total, err = c.Store.DeliveryLog(ctx, filter, q.Get("q"), span); err != nil {
			return 0, nil, err
		}
	}
	shown, err := shownFields(found, q.Get("fields"))
	return http.StatusOK, pageOf(shown, total, span), err
}

func bad(format string, args ...any) error { return fault.New(fault.CodeInvalid, format, args...) }

// The bounds of a page.
const (
	usualLimit = 20
	mostLimit  = 100
	mostOffset = 1_000_000
)

// spanOf reads which part of the list is asked for. A page goes before an offset.
func spanOf(q url.Values) (s store.Span, err error) {
	page, err := number(q, "page", 1, 1, mostOffset)
	if err != nil {
		return s, err
	}
	if s.Limit, err = number(q, "limit", usualLimit, 1, mostLimit); err != nil {
		return s, err
	}
	s.Offset = (page - 1) * s.Limit
	if q.Get("page") == "" {
		if s.Offset, err = number(q, "offset", 0, 0, mostOffset); err != nil {
			return s, err
		}
	}
	if by := q.Get("sortBy"); by != "" && by != "createdAt" {
		return s, bad("sortBy must be createdAt")
	}
	switch order := strings.ToUpper(q.Get("sortOrder")); order {
	case "", "DESC":
	case "ASC":
		s.OldestFirst = true
	default:
		return s, bad("sortOrder must be ASC or DESC")
	}
	return s, nil
}

func number(q url.Values, name string, usual, least, most int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, bad("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

func pageOf(data []map[string]any, total int, s store.Span) invocations {
	p := invocations{
		Success: true, Message: "Data retrieved successfully", Data: data, Total: total, Page: s.Offset/s.Limit + 1, Limit: s.Limit,
		TotalPages: (total + s.Limit - 1) / s.Limit, HasNext: s.Offset+s.Limit < total, HasPrevious: s.Offset > 0,
	}
	return p
}

// shownFields are the invocations with the fields that were asked for.
func shownFields(found []store.LoggedDelivery, fields string) ([]map[string]any, error) {
	shown := []map[string]any{}
	for _, d := range found {
		text, err := json.Marshal(invocationOf(d))
		if err != nil {
			return nil, fmt.Errorf("write an invocation: %w", err)
		}
		var all, chosen map[string]any
		if err := json.Unmarshal(text, &all); err != nil {
			return nil, fmt.Errorf("write an invocation: %w", err)
		}
		chosen = all
		if fields != "" {
			chosen = map[string]any{}
			for name := range strings.SplitSeq(fields, ",") {
				if value, there := all[strings.TrimSpace(name)]; there {
					chosen[strings.TrimSpace(name)] = value
				}
			}
		}
		shown = append(shown, chosen)
	}
	return shown, nil
}

// invocationOf is a delivery in this surface's words.
func invocationOf(d store.LoggedDelivery) invocation {
	i := invocation{
		ID: d.ID, TriggerID: d.Delivery.Trigger, Slug: d.TriggerName, Source: sourceLocal,
		ExecutionID: orNull(d.Run), ThreadID: orNull(d.Thread), ReplayOf: orNull(d.ReplayOf), CreatedAt: d.ReceivedAt.UTC().Format("2006-01-02T15:04:05Z"),
		Payload: json.RawMessage("null"),
	}
	if strictjson.Check(d.Body, strictjson.Stored) == nil {
		i.Payload = d.Body
	}
	i.Status, i.StatusCode = endOf(d.Delivery)
	if d.Reason != "" {
		i.Error = &d.Reason
	}
	return i
}

// endOf is what became of a delivery, and what its sender was answered.
func endOf(d trigger.Delivery) (string, int) {
	switch d.Outcome {
	case trigger.DeliveryStarted:
		return "success", http.StatusAccepted
	case trigger.DeliveryDuplicate:
		return "skipped", http.StatusAccepted
	case trigger.DeliveryRejected, trigger.DeliveryRefused:
		if d.Code == trigger.CodeSignature {
			return "failed", http.StatusUnauthorized
		}
		return "failed", statusOf(fault.Code(d.Code))
	}
	return "skipped", http.StatusOK
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
