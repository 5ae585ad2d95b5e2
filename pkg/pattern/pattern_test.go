package pattern_test

import (
	"strings"
	"testing"

	"github.com/onsethq/onset/pkg/pattern"
)

func TestCompileRefusesWhatCannotBeServed(t *testing.T) {
	t.Parallel()
	for source, sound := range map[string]bool{
		`^[a-z]+(-[0-9]+)?$`:      true,
		`(a|b`:                    false,
		`(?=a)b`:                  false, // look-ahead is no RE2
		`(a{1,30}){1,30}`:         true,
		`((a{1,20}){1,20}){1,20}`: false,
		strings.Repeat("a", 1000): true,
		strings.Repeat("a", 1001): false,
	} {
		p, err := pattern.Compile(source)
		if (err == nil) != sound || (p != nil) != sound {
			t.Errorf("%.30s: %v", source, err)
		}
	}
}

func TestFitsBoundsTextTimesProgram(t *testing.T) {
	t.Parallel()
	small, err := pattern.Compile(`a+b`)
	if err != nil {
		t.Fatal(err)
	}
	large, err := pattern.Compile(`(a{1,30}){1,30}`)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("a", 1<<20)
	if !small.Fits(text) {
		t.Error("a megabyte does not fit a small pattern")
	}
	if large.Fits(text) {
		t.Error("a megabyte fits a large pattern")
	}
}
