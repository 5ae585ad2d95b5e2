package store

import "slices"

// moves are runs' rows before and after. Of what a move may change most stays as
// it was, and a column that is not named costs no value and no index.
type moves struct{ before, after [][]any }

func (m *moves) add(before, after life) {
	m.before, m.after = append(m.before, before.values()), append(m.after, after.values())
}

// update is lives with only the columns that at least one move changes, and the
// rows for them.
func (m moves) update() (t table, rows [][]any) {
	t = lives
	t.columns = nil
	rows = make([][]any, len(m.after))
	for i, after := range m.after {
		rows[i] = slices.Clone(after[:len(t.keys)])
	}
	for n, name := range lives.columns {
		place := len(t.keys) + n
		if !m.changes(place) {
			continue
		}
		t.columns = append(t.columns, name)
		for i, after := range m.after {
			rows[i] = append(rows[i], after[place])
		}
	}
	if len(t.columns) == 0 {
		return t, nil
	}
	return t, rows
}

// changes says whether a move changes the value at a place. A value that is
// pointed to is another when the pointer is: moves never write through one.
func (m moves) changes(place int) bool {
	for i := range m.after {
		if m.before[i][place] != m.after[i][place] {
			return true
		}
	}
	return false
}
