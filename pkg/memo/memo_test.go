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
