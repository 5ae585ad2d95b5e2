package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Target is what a start needs to know of its trigger.
type Target struct {
	Trigger trigger.Trigger
	// Build is the one that the trigger pins or else the one assigned to the
	// environment; 0 when there is neither.
	Build int
}

// aim is a trigger as a start names it: by its id or else by its name.
type aim struct {
	workspace         uuid.UUID
	id                uuid.UUID
	name, environment string
}

func (a aim) size() int { return len(a.name) + len(a.environment) + 32 }

type targetRow struct {
	trigger triggerRow
	starts  int
}

const targetColumns = `t.id, t.workspace_id, t.name, t.title, t.kind, t.graph_id, g.name, t.build, t.environments, t.status,
 t.paused_reason, t.config, t.policies, t.labels, t.revision, t.created_at, t.updated_at,
 case when t.build > 0 then t.build else coalesce(a.build, 0) end`

// fields are where a row of targetColumns is read to.
func (r *targetRow) fields() []any {
	t := &r.trigger
	return []any{&t.ID, &t.WorkspaceID, &t.Name, &t.Title, &t.Kind, &t.GraphID, &t.Graph, &t.Build, &t.Environments, &t.Status,
		&t.PausedReason, &t.Config, &t.Policies, &t.Labels, &t.Revision, &t.CreatedAt, &t.UpdatedAt, &r.starts}
}

// targets finds triggers, each with its graph's name and the build that it
// starts in the environment.
var targets = question[aim, targetRow]{
	postgres: `select h.n, ` + targetColumns + ` from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) with ordinality as h (workspace, id, name, environment, n)
 cross join lateral (
   select * from triggers t where t.id = h.id and t.workspace_id = h.workspace and t.deleted_at is null
   union all
   select * from triggers t where t.workspace_id = h.workspace and t.name = h.name and t.deleted_at is null offset 0) t
 cross join lateral (select * from graphs g where g.id = t.graph_id and g.workspace_id = h.workspace offset 0) g
 left join lateral (
   select * from assignments a where a.workspace_id = h.workspace and a.environment = h.environment and a.graph_id = t.graph_id offset 0) a on true`,
	columns: func(items []aim) []any {
		return []any{
			column(items, func(a aim) uuid.UUID { return a.workspace }), column(items, func(a aim) uuid.UUID { return a.id }),
			column(items, func(a aim) string { return a.name }), column(items, func(a aim) string { return a.environment }),
		}
	},
	sqlite: `select h.key, ` + targetColumns + ` from json_each(?) h
 join triggers t on t.workspace_id = h.value ->> 0 and (t.id = h.value ->> 1 or t.name = h.value ->> 2) and t.deleted_at is null
 join graphs g on g.id = t.graph_id and g.workspace_id = t.workspace_id
 left join assignments a on a.workspace_id = t.workspace_id and a.environment = h.value ->> 3 and a.graph_id = t.graph_id`,
	line:   func(a aim) []any { return []any{a.workspace, a.id, a.name, a.environment} },
	fields: (*targetRow).fields,
}

func targetOf(a aim, rows []targetRow) (Target, error) {
	if len(rows) == 0 {
		ref := a.name
		if ref == "" {
			ref = a.id.String()
		}
		return Target{}, fault.New(fault.NotFound, "trigger %q does not exist", ref)
	}
	return Target{Trigger: rows[0].trigger.noun(), Build: rows[0].starts}, nil
}

// Target reads the trigger and the build that it starts in the environment, as
// one statement with everybody who asks at the same time. Whether it may start
// anything now is the caller's question.
func (t Tenant) Target(ctx context.Context, ref, environment string) (Target, error) {
	a, err := aimAt(ref, environment)
	if err != nil {
		return Target{}, err
	}
	a.workspace = t.ws
	return t.s.flush.target.do(ctx, a)
}

// aimAt reads what a caller names.
func aimAt(ref, environment string) (aim, error) {
	if err := checkEnvironment(environment); err != nil {
		return aim{}, err
	}
	if id, ok := refID(ref); ok {
		return aim{id: id, environment: environment}, nil
	}
	if !tenant.ValidName(ref) {
		return aim{}, fault.New(fault.NotFound, "trigger %q does not exist", ref)
	}
	return aim{name: ref, environment: environment}, nil
}
