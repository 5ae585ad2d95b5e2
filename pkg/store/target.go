package store

import (
	"context"

	"github.com/onsethq/onset/pkg/trigger"
)

// Target is what a start needs to know of its trigger.
type Target struct {
	Trigger trigger.Trigger
	// Build is the one that the trigger pins or else the one assigned to the
	// environment; 0 when there is neither.
	Build int
}

type targetRow struct {
	Trigger triggerRow `gorm:"embedded"`
	Starts  int
}

// Target reads, in one statement, the trigger and the build that it starts in
// the environment. Whether it may start anything now is the caller's question.
func (t Tenant) Target(ctx context.Context, ref, environment string) (Target, error) {
	if err := checkEnvironment(environment); err != nil {
		return Target{}, err
	}
	var row targetRow
	err := t.triggers(t.db(ctx)).
		Select(withGraph+`,
			case when triggers.build > 0 then triggers.build else coalesce(assignments.build, 0) end as starts`).
		Joins(`left join assignments on assignments.workspace_id = triggers.workspace_id
			and assignments.environment = ? and assignments.graph_id = triggers.graph_id`, environment).
		Where(meant("triggers", ref)).Take(&row).Error
	return Target{Trigger: row.Trigger.noun(), Build: row.Starts}, translate(notFound(err, "trigger", ref))
}
