package trigger

import (
	"strings"
	"unicode/utf8"
)

// MaxVariables is how many variables a start may set.
const MaxVariables = 1000

// SystemVariables are those that only the platform sets: a caller's are dropped.
var SystemVariables = []string{"workflow_id", "conversation_history"}

// maxVariableName is the length of a variable's name in characters.
const maxVariableName = 128

// VariableName says whether expressions can name it: not empty, not long, and
// without what separates a path or opens a template.
func VariableName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= maxVariableName &&
		!strings.Contains(name, ".") && !strings.Contains(name, "{{")
}
