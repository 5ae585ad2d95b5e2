package trigger

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// hourly is a backfill of every hour since noon, before the given moment.
func hourly(until time.Duration, environments ...string) Backfill {
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	return Backfill{Since: noon, Until: noon.Add(until), Environments: environments, Config: json.RawMessage(`{"cron": "0 * * * *"}`)}
}

func brief(slots []Slot) (all []string) {
	for _, s := range slots {
		all = append(all, s.At.Format("15:04 ")+s.Environment)
	}
	return all
}

func TestBackfillNamesTheMomentsOfItsRange(t *testing.T) {
	t.Parallel()
	b := hourly(2*time.Hour, "DEV", "PROD")
	table, err := b.Table(b.Since)
	if err != nil {
		t.Fatal(err)
	}
	b = b.Begin(table)
	all := b.Slots(table, 10)
	if want := []string{"12:00 DEV", "12:00 PROD", "13:00 DEV", "13:00 PROD"}; b.Moments != 4 || !slices.Equal(brief(all), want) {
		t.Errorf("%d moments: %v, want %v", b.Moments, brief(all), want)
	}
	if rest := b.At(&all[1]).Slots(table, 2); !slices.Equal(brief(rest), []string{"12:00 PROD", "13:00 DEV"}) {
		t.Errorf("from the second on: %v", brief(rest))
	}
	if over := b.At(nil); over.Next != nil || over.Slots(table, 10) != nil {
		t.Error("one that is decided names moments")
	}
	if none := hourly(0, "DEV").Begin(table); none.Moments != 0 || none.Next != nil {
		t.Errorf("an empty range has %d moments", none.Moments)
	}
	if many := hourly(10_000*time.Hour, "DEV", "PROD").Begin(table); MaxBackfill(table) != 10_000 || many.Moments != 10_001 {
		t.Errorf("too many are %d", many.Moments)
	}
	wordy := Backfill{Config: json.RawMessage(`{"cron": ["0 1 * * *", "0 2 * * *", "0 3 * * *", "0 4 * * *", "0 5 * * *"], "exclude": {"cron": ["0 6 * * *", "0 7 * * *", "0 8 * * *"]}}`)}
	if table, err := wordy.Table(b.Since); err != nil || MaxBackfill(table) != 5_000 {
		t.Errorf("of eight expressions %d are too many, %v", MaxBackfill(table), err)
	}
}

func TestModeSaysForWhichMomentsRunsStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recorded *Fire
		failed   bool
		want     []BackfillMode
	}{
		"Nothing":   {nil, false, BackfillModes},
		"Skipped":   {&Fire{Disposition: SkippedPaused}, false, BackfillModes},
		"Waits":     {&Fire{Disposition: Waits}, false, nil},
		"Completed": {&Fire{Disposition: Started, Run: uuid.New()}, false, []BackfillMode{AllMoments}},
		"Failed":    {&Fire{Disposition: Backfilled, Run: uuid.New()}, true, []BackfillMode{MissingAndFailed, AllMoments}},
	} {
		var got []BackfillMode
		for _, m := range BackfillModes {
			if m.Takes(c.recorded, c.failed) {
				got = append(got, m)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whatever is taken out of a record of several moments, what is left and what
// was taken are its moments, each once.
func TestRecordThatIsTakenApartLosesNothing(t *testing.T) {
	t.Parallel()
	b := hourly(time.Hour)
	table, err := b.Table(b.Since)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(r, "n")
		at := func(i int) time.Time { return b.Since.Add(time.Duration(i) * time.Hour) }
		f := Fire{At: at(0), Until: at(n - 1), Count: n, Disposition: SkippedMisfire, Reason: "late"}
		var own []time.Time
		seen := map[time.Time]int{}
		for i := range n {
			if rapid.Bool().Draw(r, fmt.Sprint("own ", i)) {
				own = append(own, at(i))
				seen[at(i)]++
			}
		}
		for _, piece := range f.Without(table, own) {
			if piece.Disposition != f.Disposition || piece.Reason != f.Reason || piece.Count != int(piece.Until.Sub(piece.At)/time.Hour)+1 {
				r.Errorf("left is %+v", piece)
			}
			for i := range piece.Count {
				seen[piece.At.Add(time.Duration(i)*time.Hour)]++
			}
		}
		for i := range n {
			if seen[at(i)] != 1 {
				r.Errorf("moment %d is there %d times", i, seen[at(i)])
			}
		}
	})
}

func TestRecordOfAnotherScheduleMakesRoomOnly(t *testing.T) {
	t.Parallel()
	b := hourly(time.Hour)
	table, err := b.Table(b.Since)
	if err != nil {
		t.Fatal(err)
	}
	f := Fire{At: b.Since, Until: b.Since.Add(90 * time.Minute), Count: 10} // every ten minutes
	if left := f.Without(table, []time.Time{b.Since.Add(time.Hour)}); len(left) != 1 || left[0] != f {
		t.Errorf("left is %+v", left)
	}
	if left := f.Without(table, []time.Time{b.Since}); len(left) != 1 || !left[0].At.Equal(b.Since.Add(time.Second)) || left[0].Count != 10 {
		t.Errorf("at its beginning left is %+v", left)
	}
	f.Until, f.Count = b.Since.Add(time.Hour*longestRange), longestRange+1
	if left := f.Without(table, []time.Time{b.Since.Add(time.Hour)}); len(left) != 1 || left[0] != f {
		t.Errorf("of too long a record left is %+v", left)
	}
}
