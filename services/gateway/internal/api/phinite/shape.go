package phinite

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// answer is the body of every call: these six keys, always.
type answer struct {
	WorkflowID    string         `json:"workflow_id"`
	Response      map[string]any `json:"response"`
	Status        string         `json:"status" doc:"pending, waiting_for_input, completed or failed."`
	Logs          []entry        `json:"logs" doc:"The last lines worth telling, at most five."`
	RequiresInput bool           `json:"requires_input"`
	Error         *string        `json:"error"`
}

// pending is the answer of a run about which nothing more is known.
func pending(id uuid.UUID) answer {
	return answer{WorkflowID: id.String(), Response: map[string]any{}, Status: "pending", Logs: []entry{}}
}

// begun is pending as it is sent, for the starts: only the id is ever another.
func begun(id uuid.UUID) api.Said {
	const before, behind = `{"workflow_id":"`, `","response":{},"status":"pending","logs":[],"requires_input":false,"error":null}` + "\n"
	body := make([]byte, 0, len(before)+36+len(behind))
	body = append(append(append(body, before...), id.String()...), behind...)
	return api.Said{ContentType: "application/json", Body: body}
}

// shape reads a run's last records and says how it stands. The records are for
// the reader's eyes: when they cannot be read just now, the answer is still
// true without them.
func (p Phinite) shape(ctx context.Context, c *api.Call, r run.Run) answer {
	var records []run.Record
	if r.StartedAt != nil {
		records, _ = c.Store.LastLogs(ctx, r.ID, recordsRead)
	}
	return answerOf(r, records)
}

// answerOf is a run in this surface's words.
func answerOf(r run.Run, records []run.Record) answer {
	a := pending(r.ID)
	a.Logs = logs(r, records)
	switch r.Status {
	case run.StatusWaiting: // for a time or another system it is as good as under way
		if r.RequiresInput() {
			a.Status, a.RequiresInput = "waiting_for_input", true
		}
	case run.StatusCompleted:
		a.Status = "completed"
		maps.Copy(a.Response, r.Response)
		a.Response["workflow_id"] = a.WorkflowID
	case run.StatusFailed, run.StatusCancelled:
		a.Status = "failed"
		reason := reasonOf(r)
		a.Error = &reason
	}
	return a
}

// reasonOf is never empty.
func reasonOf(r run.Run) string {
	switch {
	case r.Error != "":
		return r.Error
	case r.Status == run.StatusCancelled:
		return "Execution was cancelled"
	default:
		return "Execution failed: " + string(r.ErrorCode)
	}
}
