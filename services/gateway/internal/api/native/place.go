package native

import (
	"strconv"
	"strings"

	"github.com/onsethq/onset/services/gateway/internal/api"
)

// place is where an event stands: at a record of the journal, and among the
// events that came from that record. Written it is the event's id: 12, and 12.1
// for the next one of the same record.
type place struct{ seq, n int }

// beginning is before every event: run.accepted has the id 0.
var beginning = place{seq: -1}

func (p place) after(q place) bool { return p.seq > q.seq || p.seq == q.seq && p.n > q.n }

func (p place) String() string {
	if p.n == 0 {
		return strconv.Itoa(p.seq)
	}
	return strconv.Itoa(p.seq) + "." + strconv.Itoa(p.n)
}

// placeOf reads an event's id.
func placeOf(text string) (p place, ok bool) {
	whole, part, parted := strings.Cut(text, ".")
	seq, err := strconv.ParseInt(whole, 10, 32)
	if err != nil || seq < 0 {
		return place{}, false
	}
	if !parted {
		return place{seq: int(seq)}, true
	}
	n, err := strconv.ParseInt(part, 10, 32)
	return place{int(seq), int(n)}, err == nil && n > 0
}

// lastSeen is the event that the caller saw last. A browser that comes again
// repeats its URL, so the header counts more than the parameter.
func lastSeen(c *api.Call) (place, error) {
	name, text := "Last-Event-ID", c.Request.Header.Get("Last-Event-ID")
	if text == "" {
		name, text = "since", c.Query().Get("since")
	}
	if text == "" {
		return beginning, nil
	}
	p, ok := placeOf(text)
	if !ok {
		return place{}, one(name, "invalid", name+" is the id of an event, such as 12 or 12.1")
	}
	return p, nil
}
