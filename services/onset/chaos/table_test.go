package chaos

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// results are the figures of all tests, for people.
var results table

type table struct {
	mu   sync.Mutex
	rows []figure
}

type figure struct {
	test, name, value, must string
	ok                      bool
}

// print writes one line for each figure, attack by attack.
func (r *table) print(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortStableFunc(r.rows, func(a, b figure) int { return strings.Compare(a.test, b.test) })
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(out, "\n\tIS\tMUST BE")
	before := ""
	for _, f := range r.rows {
		if f.test != before {
			fmt.Fprintf(out, "%s\t\t\n", inWords(f.test))
			before = f.test
		}
		broken := ""
		if !f.ok {
			broken = "   BROKEN"
		}
		fmt.Fprintf(out, "    %s\t%s\t%s%s\n", f.name, f.value, f.must, broken)
	}
	fmt.Fprintln(out)
	_ = out.Flush() // to a terminal
}

// inWords makes a sentence of a test's name.
func inWords(name string) string {
	name = strings.ReplaceAll(strings.TrimPrefix(name, "Test"), "/", ": ")
	words := strings.TrimSpace(regexp.MustCompile(`[A-Z]`).ReplaceAllString(name, " $0"))
	return words[:1] + strings.ReplaceAll(strings.ToLower(words[1:]), "  ", " ")
}

// exactly, moreThan and atMost note a figure and fail the test when it is not what
// it must be.

func exactly(t *testing.T, name string, is, must int) {
	t.Helper()
	record(t, name, fmt.Sprint(is), fmt.Sprint(must), is == must)
}

func moreThan(t *testing.T, name string, is, least int) {
	t.Helper()
	record(t, name, fmt.Sprint(is), fmt.Sprintf("> %d", least), is > least)
}

func atMost(t *testing.T, name string, took, limit time.Duration) {
	t.Helper()
	record(t, name, took.Round(time.Millisecond).String(), "≤ "+limit.Round(time.Millisecond).String(), took <= limit)
}

func record(t *testing.T, name, is, must string, ok bool) {
	t.Helper()
	if !ok {
		t.Errorf("%s: %s, must be %s", name, is, must)
	}
	results.mu.Lock()
	defer results.mu.Unlock()
	results.rows = append(results.rows, figure{t.Name(), name, is, must, ok})
}
