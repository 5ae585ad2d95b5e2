package memo_test

import (
	"sync"
	"testing"

	"github.com/onsethq/onset/pkg/memo"
)

func TestGetWorksOnceForWhatItRemembers(t *testing.T) {
	t.Parallel()
	m := memo.Memo[string, int]{Size: 2}
	worked := 0
	get := func(key string) int { return m.Get(key, func() int { worked++; return len(key) }) }
	for _, test := range []struct {
		key    string
		worked int
	}{
		{"a", 1}, {"a", 1}, {"bb", 2}, {"a", 2},
		{"ccc", 3}, // forgets bb, which was not asked for the longest
		{"a", 3}, {"bb", 4},
		{"ccc", 5}, // bb took its place
	} {
		if got := get(test.key); got != len(test.key) || worked != test.worked {
			t.Fatalf("%s: got %d after working %d times, want %d", test.key, got, worked, test.worked)
		}
	}
}

func TestHeavyAnswersTakeThePlaceOfMany(t *testing.T) {
	t.Parallel()
	m := memo.Memo[string, int]{Size: 10, Weigh: func(v int) int { return v }}
	for _, test := range []struct {
		key    string
		weight int
		kept   string
	}{
		{"a", 3, "a"}, {"b", 3, "ab"}, {"c", 4, "abc"},
		{"b", 1, "abc"}, {"d", 2, "abcd"}, // b takes less than it did
		{"e", 5, "de"}, // the others were not asked for the longest
		{"f", 11, ""},  // no room at all
		{"a", 10, "a"},
	} {
		m.Remember(test.key, test.weight)
		kept := ""
		for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
			if _, ok := m.Recall(key); ok {
				kept += key
			}
		}
		if kept != test.kept {
			t.Fatalf("after %q of %d: %q is kept, want %q", test.key, test.weight, kept, test.kept)
		}
	}
}

func TestGetServesManyAtOnce(t *testing.T) {
	t.Parallel()
	m := memo.Memo[int, int]{Size: 8}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 1000 {
				key := (i + j) % 16
				if got := m.Get(key, func() int { return key * key }); got != key*key {
					t.Errorf("got %d for %d", got, key)
				}
			}
		})
	}
	group.Wait()
}
