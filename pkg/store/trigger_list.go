package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/trigger"
)

// TriggerFilter narrows a list of triggers; empty fields do not.
type TriggerFilter struct {
	// Status shows the archive when it is Archived; empty hides it.
	Status      trigger.Status
	Graph       string // id or name
	Kind        string
	Environment string            // where it starts runs
	Labels      map[string]string // all of them
	Search      string            // a part of the name or title, whatever the case
	// Changed orders by the last change instead of the creation. A trigger that
	// is changed while somebody turns the pages may be missed.
	Changed bool
}

// Triggers lists the workspace's triggers, newest first.
func (t Tenant) Triggers(ctx context.Context, p Page, f TriggerFilter) ([]trigger.Trigger, string, error) {
	if err := f.check(); err != nil {
		return nil, "", err
	}
	query := t.matching(t.triggers(t.db(ctx)), f)
	if f.Changed {
		rows, next, err := paged[changedRow](t, "triggers by change", p, query.Order(changedOrder), changedBefore)
		return nouns(rows, changedRow.noun), next, err
	}
	rows, next, err := newest[triggerRow](t, "triggers", "triggers.id", p, query)
	return nouns(rows, triggerRow.noun), next, err
}

// listed is the condition of the indexes for lists of triggers, word for word.
const listed = "triggers.revision > 0"

func (f TriggerFilter) check() error {
	if len(f.Labels) > maxLabels {
		return invalid("labels", fmt.Sprintf("a trigger has at most %d labels", maxLabels))
	}
	err := cmp.Or(checkText("status", string(f.Status)), checkText("kind", f.Kind), checkText("search", f.Search), checkText("environment", f.Environment))
	for name, value := range f.Labels {
		err = cmp.Or(err, checkText("label", name), checkText("label", value))
	}
	return err
}

// matching narrows a statement on triggers and their graphs.
func (t Tenant) matching(query *gorm.DB, f TriggerFilter) *gorm.DB {
	query = query.Where(listed)
	if f.Status != "" {
		query = query.Where("triggers.status = ?", f.Status)
	} else {
		query = query.Where("triggers.status <> ?", trigger.Archived)
	}
	if f.Graph != "" {
		query = query.Where("triggers.graph_id in (?)", t.rows(t.s.db, "graphs").Select("graphs.id").Where(meant("graphs", f.Graph)))
	}
	if f.Kind != "" {
		query = query.Where("triggers.kind = ?", f.Kind)
	}
	if f.Environment != "" {
		query = query.Where(t.s.dialect.startsIn(), f.Environment)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Labels)) {
		query = query.Where(t.s.dialect.labelled(), name, f.Labels[name])
	}
	if f.Search != "" {
		query = query.Where(alike("triggers", f.Search))
	}
	return query
}

// changedRow is a trigger in a list that goes by the last change.
type changedRow triggerRow

func (r changedRow) noun() trigger.Trigger { return triggerRow(r).noun() }
func (r changedRow) place() string         { return r.UpdatedAt.Format(stampFormat) + "/" + r.ID.String() }

const changedOrder = "triggers.updated_at desc, triggers.id desc"

func changedBefore(query *gorm.DB, place string) *gorm.DB {
	at, id, _ := strings.Cut(place, "/")
	return query.Where("(triggers.updated_at, triggers.id) < (?, ?)", at, id)
}

// startsIn is the condition that finds triggers of an environment.
func (d dialect) startsIn() string {
	if d == postgres {
		return "(triggers.environments = '[]' or triggers.environments @> to_jsonb(array[?::text]))"
	}
	return "(triggers.environments = '[]' or exists (select 1 from json_each(triggers.environments) where value = ?))"
}

// labelled is the condition that finds triggers whose label has a value.
func (d dialect) labelled() string {
	if d == postgres {
		return "triggers.labels ->> (?::text) = ?"
	}
	return "exists (select 1 from json_each(triggers.labels) where key = ? and value = ?)"
}
