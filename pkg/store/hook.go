package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
)

// Hooked is a trigger as a webhook finds it, by its id alone, with all that has
// to be known of it.
type Hooked struct {
	Workspace tenant.Workspace
	Trigger   trigger.Trigger
	// Secrets are those that its senders may know, sealed.
	Secrets []trigger.Secret
	// Builds are those that it starts, by environment.
	Builds map[string]int
	// CaptureUntil is until when deliveries are only kept to be looked at; the zero
	// time when they are not.
	CaptureUntil time.Time
}

// hooking is a trigger as a webhook names it.
type hooking uuid.UUID

func (hooking) size() int { return 16 }

type hookedRow struct {
	workspace workspaceRow
	trigger   triggerRow
	secrets   document[[]trigger.Secret]
	builds    document[map[string]int]
	until     *stamp
}

const hookedColumns = workspaceColumns + `, t.id, t.workspace_id, t.name, t.title, t.kind, t.graph_id, g.name, t.build, t.environments, t.status,
 t.paused_reason, t.config, t.policies, t.labels, t.revision, t.created_at, t.updated_at, t.secrets`

func (r *hookedRow) fields() []any {
	t := &r.trigger
	return append(r.workspace.fields(), &t.ID, &t.WorkspaceID, &t.Name, &t.Title, &t.Kind, &t.GraphID, &t.Graph, &t.Build, &t.Environments, &t.Status,
		&t.PausedReason, &t.Config, &t.Policies, &t.Labels, &t.Revision, &t.CreatedAt, &t.UpdatedAt, &r.secrets, &r.builds, &r.until)
}

// hookings finds triggers by their ids in all workspaces: who sends to a webhook
// has no key that would say in which.
var hookings = question[hooking, hookedRow]{
	postgres: `select h.n, ` + hookedColumns + `, coalesce(a.builds, '{}'), c.until_at
 from unnest($1::uuid[]) with ordinality as h (id, n)
 cross join lateral (select * from triggers t where t.id = h.id and case when t.deleted_at is null then true else false end offset 0) t
 cross join lateral (select * from workspaces w where w.id = t.workspace_id offset 0) w
 cross join lateral (select * from graphs g where g.id = t.graph_id and g.workspace_id = t.workspace_id offset 0) g
 left join lateral (
   select json_object_agg(a.environment, a.build) as builds from assignments a
   where a.workspace_id = t.workspace_id and a.environment = any(array['DEV', 'UAT', 'PROD']) and a.graph_id = t.graph_id offset 0) a on true
 left join lateral (select * from captures c where c.trigger_id = t.id offset 0) c on true`,
	columns: func(items []hooking) []any {
		return []any{column(items, func(h hooking) uuid.UUID { return uuid.UUID(h) })}
	},
	sqlite: `select h.key, ` + hookedColumns + `,
 (select json_group_object(a.environment, a.build) from assignments a
  where a.workspace_id = t.workspace_id and a.environment in ('DEV', 'UAT', 'PROD') and a.graph_id = t.graph_id), c.until_at
 from json_each(?) h
 join triggers t on t.id = h.value ->> 0 and t.deleted_at is null
 join workspaces w on w.id = t.workspace_id
 join graphs g on g.id = t.graph_id and g.workspace_id = t.workspace_id
 left join captures c on c.trigger_id = t.id`,
	line:   func(h hooking) []any { return []any{uuid.UUID(h)} },
	fields: (*hookedRow).fields,
}

func hookedOf(h hooking, rows []hookedRow) (Hooked, error) {
	if len(rows) == 0 {
		return Hooked{}, fault.New(fault.NotFound, "trigger %q does not exist", uuid.UUID(h))
	}
	r := rows[0]
	found := Hooked{Workspace: r.workspace.noun(), Trigger: r.trigger.noun(), Secrets: r.secrets.V, Builds: r.builds.V}
	if r.until != nil {
		found.CaptureUntil = r.until.Time
	}
	if pinned := found.Trigger.Build; pinned > 0 {
		found.Builds = map[string]int{}
		for _, environment := range tenant.Environments {
			found.Builds[environment] = pinned
		}
	}
	return found, nil
}

// Hooked finds a trigger by its id, whoever's it is, as one statement with
// everybody who asks at the same time. Fault: NotFound.
func (s *Store) Hooked(ctx context.Context, id uuid.UUID) (Hooked, error) {
	return s.flush.hook.do(ctx, hooking(id))
}
