package store

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// runRow is a whole row of runs as it is read.
type runRow struct {
	ID            uuid.UUID
	WorkspaceID   uuid.UUID
	TriggerID     *uuid.UUID
	TriggerName   string
	GraphID       uuid.UUID
	GraphName     string
	Build         int
	Environment   string
	Class         run.Class
	ThreadID      uuid.UUID
	Status        run.Status
	StatusReason  run.Reason
	Cause         document[run.Cause]
	Message       string
	UserVariables variables
	Tags          document[[]string]
	Response      *variables
	Error         string
	ErrorCode     *run.ErrorCode
	Usage         document[run.Usage]
	Epoch         int
	Attempts      int
	Crashes       int
	CreatedAt     stamp
	StartedAt     *stamp
	FinishedAt    *stamp
	DeadlineAt    *stamp
	CancelAt      *stamp
}

func (runRow) TableName() string { return "runs" }

func (r runRow) place() string { return r.ID.String() }

// claimColumns are what a claim reads. The rest of a run that was just claimed is
// known: nothing has come out of it, and nobody has cancelled it.
const claimColumns = `id, workspace_id, trigger_id, trigger_name, graph_id, graph_name, build, environment, class, thread_id,
 cause, message, user_variables, tags, epoch, attempts, crashes, created_at, started_at, deadline_at`

const runColumns = claimColumns + `, status, status_reason, response, error, error_code, usage, finished_at, cancel_at`

// claimFields are where a row of claimColumns is read to.
func (r *runRow) claimFields() []any {
	return []any{&r.ID, &r.WorkspaceID, &r.TriggerID, &r.TriggerName, &r.GraphID, &r.GraphName, &r.Build, &r.Environment, &r.Class, &r.ThreadID,
		&r.Cause, &r.Message, &r.UserVariables, &r.Tags, &r.Epoch, &r.Attempts, &r.Crashes, &r.CreatedAt, &r.StartedAt, &r.DeadlineAt}
}

// fields are where a row of runColumns is read to.
func (r *runRow) fields() []any {
	return append(r.claimFields(), &r.Status, &r.StatusReason, &r.Response, &r.Error, &r.ErrorCode, &r.Usage, &r.FinishedAt, &r.CancelAt)
}

func (r runRow) noun() run.Run {
	noun := run.Run{
		ID:            r.ID,
		Workspace:     r.WorkspaceID,
		Trigger:       r.TriggerName,
		GraphID:       r.GraphID,
		Graph:         r.GraphName,
		Build:         r.Build,
		Environment:   r.Environment,
		Class:         r.Class,
		ThreadID:      r.ThreadID,
		Status:        r.Status,
		Reason:        r.StatusReason,
		Cause:         r.Cause.V,
		Message:       r.Message,
		UserVariables: r.UserVariables.V,
		Tags:          r.Tags.V,
		Error:         r.Error,
		Usage:         r.Usage.V,
		Epoch:         r.Epoch,
		Attempts:      r.Attempts,
		Crashes:       r.Crashes,
		CreatedAt:     r.CreatedAt.Time,
		StartedAt:     moment(r.StartedAt),
		FinishedAt:    moment(r.FinishedAt),
		DeadlineAt:    moment(r.DeadlineAt),
		CancelAt:      moment(r.CancelAt),
	}
	if r.TriggerID != nil {
		noun.TriggerID = *r.TriggerID
	}
	if r.ErrorCode != nil {
		noun.ErrorCode = *r.ErrorCode
	}
	if r.Response != nil {
		noun.Response = r.Response.V
	}
	return noun
}

// variables are a JSON object whose numbers keep their exact value.
type variables struct{ V map[string]any }

// Value writes the object; gorm takes a type for a column only if it can.
func (v variables) Value() (driver.Value, error) { return document[map[string]any](v).Value() }

// Scan reads the column of either database.
func (v *variables) Scan(src any) error {
	var text []byte
	switch src := src.(type) {
	case []byte:
		text = src
	case string:
		text = []byte(src)
	default:
		return fmt.Errorf("variables cannot be read from %T", src)
	}
	value, err := strictjson.Value(text)
	if err != nil {
		return err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("variables are an object, not %T", value)
	}
	v.V = object
	return nil
}
