package queue

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Announce says that a run has ended, or waits for somebody, to whoever waits
// for it. It returns at once and cannot fail.
func (q *Queue) Announce(id uuid.UUID) {
	if !q.out.announce(id) {
		q.metrics.dropped.Inc()
	}
}

// News says that something happened in a run that goes on. It returns at once
// and cannot fail; of too much news in one round the rest is not told.
func (q *Queue) News(id uuid.UUID) { q.out.news(id) }

// maxNews bounds what one round tells of runs that go on, because a busy fleet
// has far more to tell than anybody watches.
const maxNews = 256

// announce adds the end of a run and says whether there was room.
func (o *outbox) announce(id uuid.UUID) bool { return o.tell(id, true, maxWaiting) }

// news adds a run of which there is something new.
func (o *outbox) news(id uuid.UUID) { o.tell(id, false, maxNews) }

// tell names a run once in a round, however much happened to it.
func (o *outbox) tell(id uuid.UUID, over bool, room int) bool {
	o.mu.Lock()
	was, named := o.items.told[id]
	ok := named || len(o.items.told) < room
	if ok {
		o.items.told[id] = over || was
	}
	o.mu.Unlock()
	o.signal()
	return ok
}

// On the wire an announcement is words: who tells it, then the runs, each with a
// plus before it that only has news. A gateway of another version understands
// the words that it knows.
const (
	teller = "@"
	goesOn = "+"
)

// announcements writes what was told, at most maxRuns to each.
func announcements(from string, told map[uuid.UUID]bool) (all []string) {
	words := make([]string, 0, len(told))
	for id, over := range told {
		if word := id.String(); over {
			words = append(words, word)
		} else {
			words = append(words, goesOn+word)
		}
	}
	for chunk := range slices.Chunk(words, maxRuns) {
		all = append(all, teller+from+" "+strings.Join(chunk, " "))
	}
	return all
}

// hearAnnouncement reads words that anyone may have written, but for our own:
// those were heard when they were told.
func hearAnnouncement(own, text string, heard func(run uuid.UUID, over bool)) {
	for word := range strings.FieldsSeq(text) {
		if word == teller+own {
			return
		}
		name, news := strings.CutPrefix(word, goesOn)
		if id, err := uuid.Parse(name); err == nil {
			heard(id, !news)
		}
	}
}
