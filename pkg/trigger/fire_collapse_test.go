package trigger

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// Whatever is made one, every moment is recorded as it was.
func TestCollapsedRecordsSayWhatTheySaid(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Minute) }
	say := func(f Fire) string { return string(f.Disposition) + f.Reason + f.Run.String() }
	rapid.Check(t, func(r *rapid.T) {
		var all []Fire
		for i := 0; i < 120; {
			n := rapid.IntRange(1, 3).Draw(r, fmt.Sprint("length ", i))
			f := Fire{At: at(i), Until: at(i + n - 1), Count: n, Disposition: rapid.SampledFrom([]Disposition{SkippedOverlap, SkippedOverlap, SkippedOverlap, SkippedOverlap, SkippedOverlap, SkippedOverlap, SkippedOverlap, SkippedMisfire, Started}).Draw(r, fmt.Sprint("as ", i))}
			if f.Disposition == Started {
				f.Until, f.Count, f.Run, n = f.At, 1, uuid.New(), 1
			}
			all = append(all, f)
			i += n
		}
		since := all[rapid.IntRange(0, len(all)-1).Draw(r, "since")].At
		gone, whole, open := Collapse(all, since)
		lost := map[time.Time]bool{}
		for _, f := range gone {
			lost[f.At] = true
		}
		said := map[time.Time]string{}
		tell := func(f Fire) {
			for x := f.At; !x.After(f.Until); x = x.Add(time.Minute) {
				if said[x] != "" {
					r.Errorf("%s is recorded twice", x)
				}
				said[x] = say(f)
			}
		}
		for _, f := range all {
			if !lost[f.At] {
				tell(f)
			}
		}
		for _, f := range whole {
			if tell(f); f.Count != int(f.Until.Sub(f.At)/time.Minute)+1 || f.At.Before(since) != f.Until.Before(since) {
				r.Errorf("one record is %+v", f)
			}
		}
		for _, f := range all {
			if said[f.At] != say(f) {
				r.Errorf("%s was %s and is %s", f.At, say(f), said[f.At])
			}
		}
		if open.After(all[len(all)-1].At) {
			r.Errorf("what is open begins at %s", open)
		}
	})
}

func TestManyOfAKindBecomeOneUpToALength(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	var all []Fire
	for i := range 3000 {
		at := noon.Add(time.Duration(i) * time.Minute)
		all = append(all, Fire{At: at, Until: at, Count: 1, Disposition: SkippedOverlap, Reason: "run x has not ended"})
	}
	gone, whole, open := Collapse(all, noon)
	if len(gone) != 3000 || len(whole) != 2 || whole[0].Count != longestRange || whole[0].Count+whole[1].Count != 3000 || !open.Equal(whole[1].At) {
		t.Errorf("%d become %d, open from %s", len(gone), len(whole), open)
	}
	if gone, whole, _ := Collapse(all[:longRange], noon); len(gone)+len(whole) != 0 {
		t.Errorf("a few become %d", len(whole))
	}
	if _, _, open := Collapse(nil, noon); !open.IsZero() {
		t.Error("of nothing something is open")
	}
}
