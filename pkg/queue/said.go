package queue

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Say shows a piece of text of a run to whoever watches it. It returns at once
// and cannot fail; of too much text in one round the rest is not shown.
func (q *Queue) Say(d run.Delta) { q.out.say(d) }

// Said calls heard with each piece of text that Say showed, until ctx ends.
// heard must return at once. Pieces that follow each other may come as one, and
// what other processes say while Redis is away is lost.
func (q *Queue) Said(ctx context.Context, heard func(run.Delta)) error {
	each := func(all []run.Delta) {
		for _, d := range all {
			heard(d)
		}
	}
	defer q.voices.listen(each)()
	return q.subscribe(ctx, q.names.said(), func(text string) { each(readSpeech(q.id, text)) }, func() {})
}

// What one round says at most: a fleet of models writes more than anybody reads.
const (
	maxPieces = 256
	maxSaid   = 256 << 10
)

// say adds a piece, to the one before it where it carries on with that.
func (o *outbox) say(d run.Delta) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.items.spoken+len(d.Text) > maxSaid {
		return
	}
	o.signal()
	for i := range o.items.said {
		if follows(o.items.said[i], d) {
			o.items.said[i].Text += d.Text
			o.items.spoken += len(d.Text)
			return
		}
	}
	if len(o.items.said) < maxPieces {
		o.items.said = append(o.items.said, d)
		o.items.spoken += len(d.Text)
	}
}

func follows(a, b run.Delta) bool {
	return a.Run == b.Run && a.Epoch == b.Epoch && a.Step == b.Step && a.Offset+utf8.RuneCountInString(a.Text) == b.Offset
}

// speech is what was said as it goes over Redis.
type speech struct {
	From uuid.UUID `json:"from"`
	Said []piece   `json:"said"`
}

type piece struct {
	Run       uuid.UUID `json:"run"`
	Epoch     int       `json:"epoch"`
	Node      string    `json:"node"`
	Iteration int       `json:"iteration"`
	Call      string    `json:"call"`
	Offset    int       `json:"offset"`
	Text      string    `json:"text"`
}

func writeSpeech(from string, said []run.Delta) (string, error) {
	s := speech{Said: make([]piece, len(said))}
	s.From, _ = uuid.Parse(from)
	for i, d := range said {
		s.Said[i] = piece{d.Run, d.Epoch, d.Step.Node, d.Step.Iteration, d.Step.Call, d.Offset, d.Text}
	}
	raw, err := json.Marshal(s)
	return string(raw), err
}

// readSpeech reads what anyone may have written, but for our own: that was heard
// when it was said.
func readSpeech(own, text string) (said []run.Delta) {
	var s speech
	if json.Unmarshal([]byte(text), &s) != nil || s.From.String() == own {
		return nil
	}
	for _, p := range s.Said {
		said = append(said, run.Delta{
			Run: p.Run, Epoch: p.Epoch, Step: run.Step{Node: p.Node, Iteration: p.Iteration, Call: p.Call}, Offset: p.Offset, Text: p.Text,
		})
	}
	return said
}
