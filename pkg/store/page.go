package store

import (
	"fmt"

	"gorm.io/gorm"
)

// Page asks for a part of a list.
type Page struct {
	// Limit is how many items at most, 1 to 200; zero means 50. A page of large
	// items ends sooner.
	Limit int
	// Cursor is where the part before ended; empty asks for the first.
	Cursor string
}

const (
	defaultLimit = 50
	maxLimit     = 200
)

// size is the limit to use.
func (p Page) size() (int, error) {
	switch {
	case p.Limit == 0:
		return defaultLimit, nil
	case p.Limit < 0 || p.Limit > maxLimit:
		return 0, invalid("limit", fmt.Sprintf("limit is from 1 to %d", maxLimit))
	}
	return p.Limit, nil
}

// placed is a row that knows its place in a list: the text of the column that
// the list is ordered by.
type placed interface{ place() string }

// newest reads one page of a list, the greatest column first: ids are UUIDv7
// and builds count up, so that is the newest. query has the conditions of the
// list; next is empty on the last page.
func newest[R placed](t Tenant, list, column string, p Page, query *gorm.DB) (rows []R, next string, err error) {
	return paged[R](t, list, p, query.Order(column+" desc"), func(query *gorm.DB, place string) *gorm.DB {
		return query.Where(column+" < ?", place)
	})
}

// named reads one page of a list in the order of its names.
func named[R placed](t Tenant, list, column string, p Page, query *gorm.DB) (rows []R, next string, err error) {
	return paged[R](t, list, p, query.Order(column), func(query *gorm.DB, place string) *gorm.DB {
		return query.Where(column+" > ?", place)
	})
}

// paged reads one page of a list that is in order; after narrows it to what
// comes behind a place.
func paged[R placed](t Tenant, list string, p Page, query *gorm.DB, after func(query *gorm.DB, place string) *gorm.DB) (rows []R, next string, err error) {
	limit, err := p.size()
	if err != nil {
		return nil, "", err
	}
	if p.Cursor != "" {
		place, err := t.place(list, p.Cursor)
		if err != nil {
			return nil, "", err
		}
		query = after(query, place)
	}
	// One row more than the page holds tells whether there is a next one.
	rows, more, err := fitting[R](query.Limit(limit+1), limit)
	if err != nil {
		return nil, "", translate(err)
	}
	if more {
		next = t.cursor(list, rows[len(rows)-1].place())
	}
	return rows, next, nil
}

// nouns turns rows into what the rest of the house speaks of.
func nouns[R, N any](rows []R, noun func(R) N) []N {
	out := make([]N, len(rows))
	for i, r := range rows {
		out[i] = noun(r)
	}
	return out
}
