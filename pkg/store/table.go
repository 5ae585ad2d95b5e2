package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// table is how a transaction writes rows of one table. On Postgres each row is
// a statement, which the driver remembers. The driver of SQLite compiles every
// statement anew, which costs more than running it, so there all rows go into
// one statement as a JSON array of arrays, which jsonb_each parses once and not
// again for every value.
type table struct {
	name    string
	keys    []string // what an update finds the row by; they come first
	columns []string
	adds    bool // an update adds to the columns
}

// insert gives the statement that adds a row, or all rows.
func (t table) insert(d dialect) string {
	all := append(append([]string{}, t.keys...), t.columns...)
	into := "insert into " + t.name + " (" + strings.Join(all, ", ") + ") "
	if d == postgres {
		return into + "values (" + numbered(len(all), func(n int) string { return fmt.Sprintf("$%d", n+1) }, ", ") + ")"
	}
	return into + "select " + numbered(len(all), func(n int) string { return fmt.Sprintf("value ->> %d", n) }, ", ") + " from jsonb_each($1)"
}

// update gives the statement that changes a row, or all rows.
func (t table) update(d dialect) string {
	place := func(n int) string { return fmt.Sprintf("$%d", n+1) }
	from := ""
	if d == sqlite {
		place = func(n int) string { return fmt.Sprintf("j.value ->> %d", n) }
		from = " from jsonb_each($1) j"
	}
	set := numbered(len(t.columns), func(n int) string {
		if t.adds {
			return t.columns[n] + " = " + t.columns[n] + " + " + place(len(t.keys)+n)
		}
		return t.columns[n] + " = " + place(len(t.keys)+n)
	}, ", ")
	where := numbered(len(t.keys), func(n int) string { return t.name + "." + t.keys[n] + " = " + place(n) }, " and ")
	return "update " + t.name + " set " + set + from + " where " + where
}

func numbered(n int, text func(int) string, between string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = text(i)
	}
	return strings.Join(all, between)
}

// put writes the rows of a table: write says how.
func (c *change) put(ctx context.Context, write func(table, dialect) string, t table, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	text := write(t, c.dialect)
	if c.dialect == sqlite {
		all, err := jsonRows(rows)
		if err != nil {
			return err
		}
		_, err = c.ExecContext(ctx, text, all)
		return err
	}
	for _, row := range rows {
		if _, err := c.ExecContext(ctx, text, row...); err != nil {
			return err
		}
	}
	return nil
}

// jsonRows is rows as one argument, each value as its column keeps it.
func jsonRows(rows [][]any) (string, error) {
	for _, row := range rows {
		for i, v := range row {
			kept, err := driver.DefaultParameterConverter.ConvertValue(v)
			if err != nil {
				return "", err
			}
			row[i] = kept
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}
