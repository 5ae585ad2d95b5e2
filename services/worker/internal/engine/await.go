package engine

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// Pause is the error of an attempt that stops at a step which waits for
// somebody, or for a moment.
type Pause struct {
	Step   run.Step
	Reason run.Reason
}

// Waits tells a node that this is no failure.
func (p *Pause) Waits() bool { return true }

func (p *Pause) Error() string { return p.Step.Node + " waits: " + string(p.Reason) }

// first is the one of two pauses that a run is put aside for: what only a person
// can settle is told first.
func first(a, b *Pause) *Pause {
	if a == nil || b != nil && slices.Index(run.Waits, b.Reason) < slices.Index(run.Waits, a.Reason) {
		return b
	}
	return a
}

// ask journals what a step waits for, unless the journal has it. It is stored
// when ask returns: whoever is to answer may be told.
func (x *Executor) ask(ctx context.Context, s run.Step, put func() (run.Ask, error)) (run.Ask, error) {
	if asked, ok := found(x.Journal, s, (*run.State).Asked); ok {
		return asked, nil
	}
	a, err := put()
	if err != nil {
		return a, err
	}
	if err := x.Fence(ctx); err != nil {
		return a, &Over{cause(ctx, err)}
	}
	if a.ID, err = uuid.NewV7(); err != nil {
		return a, err
	}
	return a, x.Journal.Append(ctx, run.Waiting, s, a)
}

// await is what became of what a step asked, or a pause until something does.
func (x *Executor) await(s run.Step) (run.Answer, error) {
	if answer, ok := x.answer(s); ok {
		return answer, nil
	}
	asked, _ := found(x.Journal, s, (*run.State).Asked)
	return run.Answer{}, &Pause{s, asked.Reason}
}

// withdraw notes that nobody waits any more for what a step asked that ends now:
// it is stored with that end.
func (x *Executor) withdraw(s run.Step) error {
	for _, open := range ask(x.Journal, func(st *run.State) []run.Step { return st.Open(s) }) {
		if err := x.Journal.Note(run.Withdrawn, open, struct{}{}); err != nil {
			return err
		}
	}
	return nil
}

// doubt asks a person what became of a step, and pauses until one has told.
func (x *Executor) doubt(ctx context.Context, a *activity) error {
	_, err := x.ask(ctx, a.step, func() (run.Ask, error) {
		question, err := json.Marshal(map[string]string{
			"text": "Nobody knows whether " + a.node.ID + " happened. Look, and say: happened, retry or fail.",
		})
		return run.Ask{Reason: run.OutcomeUnknown, Question: question}, err
	})
	if err != nil {
		return err
	}
	return &Pause{a.step, run.OutcomeUnknown}
}

// gave is what a step gave that happened, as a person said: who looked and has
// nothing to show said null.
func gave(a run.Answer) json.RawMessage {
	if len(a.Output) == 0 {
		return json.RawMessage("null")
	}
	return a.Output
}

// Hear notes what became of asks since the journal was written. A crash that
// loses a note loses nothing: the next attempt hears it again.
func (x *Executor) Hear(settled []run.Settled) error {
	for _, s := range settled {
		asked, ok := found(x.Journal, s.Step, (*run.State).Asked)
		if _, heard := x.answer(s.Step); !ok || heard || asked.ID != s.Ask {
			continue
		}
		if err := x.Journal.Note(run.Answered, s.Step, s.Answer); err != nil {
			return err
		}
	}
	return nil
}
