package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/onsethq/onset/pkg/run"
)

// RunFilter narrows a list of runs; empty fields do not.
type RunFilter struct {
	Trigger      string   // id or name
	Graph        string   // id or name
	Environments []string // any of them
	Status       []run.Status
	Since        *time.Time // created at or after
	Until        *time.Time // created before
	Tag          string
	Thread       uuid.UUID
	Cause        string // its kind
	ReplayOf     uuid.UUID
	ErrorCode    run.ErrorCode
}

// Runs lists the workspace's runs, newest first. Runs that are made meanwhile
// stand before the first page and move nothing.
func (t Tenant) Runs(ctx context.Context, f RunFilter, p Page) ([]run.Run, string, error) {
	if err := f.check(); err != nil {
		return nil, "", err
	}
	query, err := t.narrowed(ctx, f)
	if err != nil {
		return nil, "", err
	}
	rows, next, err := newest[runRow](t, "runs", "runs.id", p, query)
	return nouns(rows, runRow.noun), next, err
}

func (f RunFilter) check() error {
	texts := map[string]string{"trigger": f.Trigger, "graph": f.Graph, "tag": f.Tag, "cause": f.Cause, "error_code": string(f.ErrorCode)}
	for path, text := range texts {
		if err := checkText(path, text); err != nil {
			return err
		}
	}
	return nil
}

// narrowed is the query for the runs of a filter. What bears a name is looked up
// first, because an index finds runs by ids.
func (t Tenant) narrowed(ctx context.Context, f RunFilter) (*gorm.DB, error) {
	query := t.rows(t.db(ctx), "runs")
	for noun, ref := range map[string]string{"trigger": f.Trigger, "graph": f.Graph} {
		if ref == "" {
			continue
		}
		ids, err := t.meantBy(ctx, noun+"s", ref)
		if err != nil {
			return nil, err
		}
		query = query.Where("runs."+noun+"_id in ?", ids)
	}
	return t.chosen(query, f), nil
}

// chosen narrows a query by the rest. Conditions that seem to say nothing are those of
// partial indexes, word for word.
func (t Tenant) chosen(query *gorm.DB, f RunFilter) *gorm.DB {
	if len(f.Environments) > 0 {
		query = query.Where("runs.environment in ?", f.Environments)
	}
	if len(f.Status) > 0 {
		query = query.Where("runs.status in ?", f.Status)
	}
	if f.Since != nil {
		query = query.Where("runs.created_at >= ?", stampOf(*f.Since))
	}
	if f.Until != nil {
		query = query.Where("runs.created_at < ?", stampOf(*f.Until))
	}
	if f.Tag != "" {
		query = query.Where(t.s.dialect.tagged(), f.Tag)
	}
	if f.Thread != uuid.Nil {
		query = query.Where("runs.id in ("+ofThread+")", f.Thread, f.Thread)
	}
	if f.Cause != "" {
		query = query.Where("runs.cause ->> 'kind' = ?", f.Cause)
	}
	if f.ReplayOf != uuid.Nil {
		query = query.Where("runs.cause ->> 'replay_of' is not null and runs.cause ->> 'replay_of' = ?", f.ReplayOf.String())
	}
	if f.ErrorCode != "" {
		query = query.Where("runs.status = 'failed' and runs.error_code = ?", f.ErrorCode)
	}
	return query
}

// ofThread are the runs of a thread: the one that began it and bears its id, and
// those that continue it, which alone are in the index of threads.
const ofThread = `select id from runs where id = ? and thread_id = id union all select id from runs where thread_id = ? and thread_id <> id`

// meantBy are the ids that a reference means or ever meant: what bears its name
// now, and what did and was deleted.
func (t Tenant) meantBy(ctx context.Context, table, ref string) (ids []uuid.UUID, err error) {
	if id, ok := refID(ref); ok {
		return []uuid.UUID{id}, nil
	}
	err = t.rows(t.db(ctx), table).Where("name = ?", ref).Limit(maxLimit).Pluck("id", &ids).Error
	return ids, translate(err)
}

// tagged is the condition that finds runs with a tag.
func (d dialect) tagged() string {
	if d == postgres {
		return "jsonb_array_length(runs.tags) > 0 and runs.tags @> to_jsonb(array[?::text])"
	}
	return "runs.tags <> '[]' and exists (select 1 from json_each(runs.tags) where value = ?)"
}
