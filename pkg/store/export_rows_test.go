package store

import (
	"slices"

	"github.com/google/uuid"
)

// Left counts the rows that name the workspace, or one of the runs, in every
// table that there is; tables without such rows are left out.
func (s *Store) Left(workspace uuid.UUID, runs ...uuid.UUID) (map[string]int, error) {
	tables, err := s.db.Migrator().GetTables()
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, table := range tables {
		columns, err := s.db.Migrator().ColumnTypes(table)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			var n int64
			switch c.Name() {
			case "workspace_id":
				err = s.db.Table(table).Where("workspace_id = ?", workspace).Count(&n).Error
			case "run_id":
				err = s.db.Table(table).Where("run_id in ?", runs).Count(&n).Error
			}
			if err != nil {
				return nil, err
			}
			left[table] += int(n)
		}
		if left[table] == 0 {
			delete(left, table)
		}
	}
	return left, nil
}

// NotEmptied are the tables whose rows name a workspace and that the deletion of
// one passes by.
func (s *Store) NotEmptied() (passed []string, err error) {
	tables, err := s.db.Migrator().GetTables()
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		if s.db.Migrator().HasColumn(table, "workspace_id") && !slices.Contains(belongings, table) && !slices.Contains(tallies, table) && !slices.Contains(outliving, table) {
			passed = append(passed, table)
		}
	}
	return passed, nil
}
