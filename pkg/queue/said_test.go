package queue

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// listener hears what runs say until the test is over.
func listener(t *testing.T, q *Queue) <-chan run.Delta {
	t.Helper()
	all := make(chan run.Delta, 64)
	channel := q.names.said()
	count := func() int64 {
		n, err := q.client.PubSubNumSub(t.Context(), channel).Result()
		if err != nil {
			t.Fatal(err)
		}
		return n[channel]
	}
	before := count()
	background(t, func(ctx context.Context) error { return q.Said(ctx, func(d run.Delta) { all <- d }) })
	until(t, "somebody listens", func() bool { return count() > before })
	return all
}

func TestWhatIsSaidIsHeardOnceHereAndElsewhere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, q *Queue) {
		here, elsewhere := listener(t, q), listener(t, New(q.client, Options{Namespace: q.names.space}))
		first := run.Delta{Run: uuid.New(), Epoch: 2, Step: run.Step{Node: "a", Iteration: 1, Call: "model:1"}, Text: "zwölf "}
		second, again := first, first
		second.Offset, second.Text = 6, "Äpfel"
		again.Text = "nochmal"
		for _, d := range []run.Delta{first, second, again} {
			q.Say(d)
		}
		background(t, q.Run)
		whole := first
		whole.Text = "zwölf Äpfel"
		for _, heard := range []<-chan run.Delta{here, elsewhere} {
			if d := cmp.Diff([]run.Delta{whole, again}, []run.Delta{await(t, heard), await(t, heard)}); d != "" {
				t.Error(d)
			}
		}
		q.Say(second)
		for _, heard := range []<-chan run.Delta{here, elsewhere} {
			if got := await(t, heard); got != second {
				t.Errorf("heard %+v", got)
			}
		}
	})
}

func TestARoundSaysOnlySoMuch(t *testing.T) {
	t.Parallel()
	o := newOutbox()
	for range 2 * maxPieces {
		o.say(run.Delta{Run: uuid.New(), Text: "x"})
	}
	if n := len(o.take().said); n != maxPieces {
		t.Errorf("a round has %d pieces, want %d", n, maxPieces)
	}
	long := run.Delta{Run: uuid.New(), Text: strings.Repeat("x", maxSaid/4)}
	for i := range 8 {
		long.Offset = i * len(long.Text)
		o.say(long)
	}
	if m := o.take(); m.spoken != maxSaid || len(m.said) != 1 {
		t.Errorf("a round says %d bytes in %d pieces", m.spoken, len(m.said))
	}
}

func FuzzReadSpeech(f *testing.F) {
	f.Add(`{"from":"0199b2f0-0000-7000-8000-000000000001","said":[{"run":"0199b2f0-0000-7000-8000-000000000001","text":"x"}]}`)
	f.Add(`{"said":[{"offset":-1}]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		said := readSpeech("0199b2f0-0000-7000-8000-000000000001", text)
		if len(said) == 0 {
			return
		}
		back, err := writeSpeech(uuid.NewString(), said)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(said, readSpeech(uuid.NewString(), back)); d != "" {
			t.Error(d)
		}
	})
}
