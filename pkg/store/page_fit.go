package store

import (
	"database/sql"

	"gorm.io/gorm"
)

// maxPage is how many bytes of texts and documents a page may hold. A run may
// weigh megabytes, and whoever asks for 200 of them must not cost everybody else
// the memory.
const maxPage = 4 << 20

// fitting reads rows one by one until a page is full, by their number or by
// their weight; the first one always fits. more says that rows are left.
func fitting[R any](query *gorm.DB, limit int) (page []R, more bool, err error) {
	rows, err := query.Model(new(R)).Rows()
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // what it could say is in Err
	weighs, err := scale(rows)
	if err != nil {
		return nil, false, err
	}
	for held := 0; rows.Next(); {
		weight, err := weighs()
		if err != nil {
			return nil, false, err
		}
		if held += weight; len(page) == limit || len(page) > 0 && held > maxPage {
			return page, true, nil
		}
		var row R
		if err := query.ScanRows(rows, &row); err != nil {
			return nil, false, err
		}
		page = append(page, row)
	}
	return page, false, rows.Err()
}

// scale weighs the row at which rows stand, as it came from the database.
func scale(rows *sql.Rows) (weighs func() (int, error), err error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var sum weight
	pans := make([]any, len(columns))
	for i := range pans {
		pans[i] = &sum
	}
	return func() (int, error) {
		sum = 0
		err := rows.Scan(pans...)
		return int(sum), err
	}, nil
}

// weight adds up bytes instead of keeping them.
type weight int

// Scan weighs a column: what is neither text nor document is light.
func (w *weight) Scan(column any) error {
	switch v := column.(type) {
	case []byte:
		*w += weight(len(v))
	case string:
		*w += weight(len(v))
	}
	return nil
}
