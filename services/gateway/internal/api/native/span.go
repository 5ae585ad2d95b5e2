package native

import (
	"context"
	"slices"

	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// span is where a step stands in its run's journal: the record with which it
// began, and those that say what became of it.
type span []int

func (s span) begins() int { return s[0] }

// spansOf finds the steps of a journal, in the order in which they began.
func spansOf(outline []store.Outlined) []span {
	spans := []span{}
	at := map[run.Step]int{}
	for _, r := range outline {
		i, begun := at[r.Step]
		switch {
		case r.Node == "":
		case !begun:
			at[r.Step] = len(spans)
			spans = append(spans, span{r.Seq})
		case r.Type != run.LogLine: // that may be thousands, and says nothing of the step
			spans[i] = append(spans[i], r.Seq)
		}
	}
	return spans
}

const (
	// spansRead is of how many steps the records are read at a time.
	spansRead = 10
	// heaviest is how many bytes of records a page of steps is made of, roughly.
	heaviest = 4 << 20
)

// journal reads what the journal says of steps, until it is enough for a page;
// read is of how many of them that is.
func (n Native) journal(ctx context.Context, c *api.Call, r run.Run, of []span) (records []run.Record, read int, err error) {
	for weight := 0; read < len(of) && weight < heaviest; {
		some := of[read:min(read+spansRead, len(of))]
		more, err := c.Store.Records(ctx, r.ID, slices.Concat(some...))
		if err != nil {
			return nil, 0, err
		}
		for _, record := range more {
			weight += len(record.Data)
		}
		records, read = append(records, more...), read+len(some)
	}
	return records, read, nil
}
