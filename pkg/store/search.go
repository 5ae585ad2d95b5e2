package store

import (
	"strings"

	"gorm.io/gorm/clause"
)

// alike is the condition that the name or the title of a row has the text in it,
// whatever the case.
func alike(table, text string) clause.Expr {
	part := "%" + literal.Replace(strings.ToLower(text)) + "%"
	return clause.Expr{
		SQL:  `(lower(` + table + `.name) like ? escape '\' or lower(` + table + `.title) like ? escape '\')`,
		Vars: []any{part, part},
	}
}

// literal takes the wildcards of LIKE out of a stranger's text.
var literal = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
