package table

import (
	"strings"
	"testing"
)

func TestColumnsStandInLineAndStrangersMoveNoCursor(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := Print(&out, []string{"ID", "SAYS"}, []string{"é1", "\x1b[31mred\tand\nmore\u202e"}, []string{"x", ""}); err != nil {
		t.Fatal(err)
	}
	if want := "ID  SAYS\né1  [31mred and more\nx\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
