package store

import (
	"context"
	"encoding/json"
	"fmt"
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

// rows are the rows of each item, by its place.
func (q question[I, R]) rows(ctx context.Context, s *Store, items []I) ([][]R, error) {
	if b, ok := s.hot.(batched); ok {
		return q.batched(ctx, b, items)
	}
	return q.plain(ctx, s, items)
}

func (q question[I, R]) batched(ctx context.Context, b batched, items []I) ([][]R, error) {
	rows, err := b.hot.Query(ctx, q.postgres, q.columns(items)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([][]R, len(items))
	for rows.Next() {
		at, r, err := q.read(rows)
		if err != nil {
			return nil, err
		}
		found[at-1] = append(found[at-1], r)
	}
	return found, rows.Err()
}

func (q question[I, R]) plain(ctx context.Context, s *Store, items []I) ([][]R, error) {
	list, err := json.Marshal(column(items, q.line))
	if err != nil {
		return nil, fmt.Errorf("write what is asked: %w", err)
	}
	rows, err := s.readers.WithContext(ctx).Raw(q.sqlite, string(list)).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([][]R, len(items))
	for rows.Next() {
		at, r, err := q.read(rows)
		if err != nil {
			return nil, err
		}
		found[at] = append(found[at], r)
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
	return once(func(ctx context.Context, items []I) ([]answer[O], error) {
		found, err := q.rows(ctx, s, items)
		if err != nil {
			return nil, err
		}
		answers := make([]answer[O], len(items))
		for i, rows := range found {
			answers[i].value, answers[i].err = understand(items[i], rows)
		}
		return answers, nil
	})
}

// once lets work see each item once, however many callers ask for it.
func once[I comparable, O any](work func(context.Context, []I) ([]answer[O], error)) func(context.Context, []I) ([]answer[O], error) {
	return func(ctx context.Context, items []I) ([]answer[O], error) {
		first, places := distinct(items)
		answers, err := work(ctx, first)
		if err != nil || len(first) == len(items) {
			return answers, err
		}
		return column(places, func(place int) answer[O] { return answers[place] }), nil
	}
}

// distinct keeps the first of items that are the same, and says for each item
// which of those it is.
func distinct[I comparable](items []I) (first []I, places []int) {
	seen := make(map[I]int, len(items))
	first, places = make([]I, 0, len(items)), make([]int, len(items))
	for i, item := range items {
		place, known := seen[item]
		if !known {
			place = len(first)
			seen[item], first = place, append(first, item)
		}
		places[i] = place
	}
	return first, places
}
