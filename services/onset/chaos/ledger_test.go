package chaos

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ledger is what the clients know: a line before each call and a line after it.
// It is all that the fleet can be held to.
type ledger struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	at   time.Time
	key  string
	word word
	code int       // of a rejection
	run  uuid.UUID // of an ok
}

type word string

const (
	asking   word = "asking"
	accepted word = "ok"
	rejected word = "rejected" // a definite refusal
	unknown  word = "unknown"  // no answer, or one that promises nothing
)

func (l *ledger) note(n line) {
	n.at = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, n)
}

// start makes a call of a customer and notes it.
func (l *ledger) start(ctx context.Context, c client, trigger, key string) word {
	l.note(line{key: key, word: asking})
	a, err := c.start(ctx, trigger, key, key)
	n := line{key: key, word: unknown, code: a.code}
	switch {
	case err != nil || a.code >= 500 || a.code == http.StatusConflict:
	case a.code == http.StatusOK:
		n.word, n.run = accepted, a.run()
	default:
		n.word = rejected
	}
	l.note(n)
	return n.word
}

// runs are the accepted runs by key. Whether a key got more than one is for the
// checker to say.
func (l *ledger) runs() map[string]map[uuid.UUID]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	runs := map[string]map[uuid.UUID]bool{}
	for _, n := range l.lines {
		if n.word != accepted {
			continue
		}
		if runs[n.key] == nil {
			runs[n.key] = map[uuid.UUID]bool{}
		}
		runs[n.key][n.run] = true
	}
	return runs
}

// count is how many lines have that word.
func (l *ledger) count(w word) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if line.word == w {
			n++
		}
	}
	return n
}
