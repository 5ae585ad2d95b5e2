package store

import (
	"cmp"
	"context"
	"strings"

	"github.com/onsethq/onset/pkg/trigger"
)

// TriggerFilter narrows a list of triggers; empty fields do not.
type TriggerFilter struct {
	Status trigger.Status
	Graph  string // id or name
	Kind   string
	Search string // a part of the name or title, whatever the case
}

// Triggers lists the workspace's triggers, newest first.
func (t Tenant) Triggers(ctx context.Context, p Page, f TriggerFilter) ([]trigger.Trigger, string, error) {
	err := cmp.Or(checkText("status", string(f.Status)), checkText("kind", f.Kind), checkText("search", f.Search))
	if err != nil {
		return nil, "", err
	}
	query := t.triggers(t.db(ctx))
	if f.Status != "" {
		query = query.Where("triggers.status = ?", f.Status)
	}
	if f.Graph != "" {
		query = query.Where(meant("graphs", f.Graph))
	}
	if f.Kind != "" {
		query = query.Where("triggers.kind = ?", f.Kind)
	}
	if f.Search != "" {
		part := "%" + literal.Replace(strings.ToLower(f.Search)) + "%"
		query = query.Where(`(lower(triggers.name) like ? escape '\' or lower(triggers.title) like ? escape '\')`, part, part)
	}
	rows, next, err := newest[triggerRow](t, "triggers", "triggers.id", p, query)
	return nouns(rows, triggerRow.noun), next, err
}

// literal takes the wildcards of LIKE out of a stranger's text.
var literal = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
