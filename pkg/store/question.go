package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// question is something that many callers want to know at the same time, as one
// statement for all of them. Each row that the statement finds begins with the
// place of the item that it is for.
type question[I comparable, R any] struct {
	// postgres takes the items as one array for each of their properties, and
	// numbers them from 1 with ordinality. Every table is reached from its item
	// by a lateral with an offset of zero, which the planner does not turn round:
	// the cost is that of the items, however large the table.
	postgres string
	columns  func([]I) []any
	// sqlite takes them as a JSON array of arrays, and numbers them from 0.
	sqlite string
	line   func(I) []any
	// fields are where a row is read to, behind its place.
	fields func(*R) []any
}

// rows are the rows of each item.
func (q question[I, R]) rows(ctx context.Context, s *Store, items []I) (map[I][]R, error) {
	items = distinct(items)
	if b, ok := s.hot.(batched); ok {
		return q.batched(ctx, b, items)
	}
	return q.plain(ctx, s, items)
}

func (q question[I, R]) batched(ctx context.Context, b batched, items []I) (map[I][]R, error) {
	rows, err := b.hot.Query(ctx, q.postgres, q.columns(items)...)
	if err != nil {
		return nil, err
	}
	found := make(map[I][]R, len(items))
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (none, error) {
		at, r, err := q.read(row)
		if err == nil {
			found[items[at-1]] = append(found[items[at-1]], r)
		}
		return none{}, err
	})
	return found, err
}

func (q question[I, R]) plain(ctx context.Context, s *Store, items []I) (map[I][]R, error) {
	list, err := json.Marshal(column(items, q.line))
	if err != nil {
		return nil, fmt.Errorf("write what is asked: %w", err)
	}
	rows, err := s.readers.WithContext(ctx).Raw(q.sqlite, string(list)).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[I][]R, len(items))
	for rows.Next() {
		at, r, err := q.read(rows)
		if err != nil {
			return nil, err
		}
		found[items[at]] = append(found[items[at]], r)
	}
	return found, rows.Err()
}

func (q question[I, R]) read(row interface{ Scan(...any) error }) (at int, r R, err error) {
	err = row.Scan(append([]any{&at}, q.fields(&r)...)...)
	return at, r, err
}

// asked makes a flusher's work of a question: understand says what the rows
// mean that were found for an item.
func asked[I comparable, R, O any](s *Store, q question[I, R], understand func(I, []R) (O, error)) func(context.Context, []I) ([]answer[O], error) {
	return func(ctx context.Context, items []I) ([]answer[O], error) {
		found, err := q.rows(ctx, s, items)
		if err != nil {
			return nil, err
		}
		known := make(map[I]answer[O], len(found))
		return column(items, func(item I) answer[O] {
			a, ok := known[item]
			if !ok {
				a.value, a.err = understand(item, found[item])
				known[item] = a
			}
			return a
		}), nil
	}
}

// distinct keeps the first of items that are the same.
func distinct[I comparable](items []I) []I {
	seen := make(map[I]bool, len(items))
	var first []I
	for _, item := range items {
		if !seen[item] {
			seen[item] = true
			first = append(first, item)
		}
	}
	return first
}
