package nodetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// ErrWaits is what a node gets back that waits for what nobody has answered.
var ErrWaits = errors.New("the node waits")

func (b *Bench) ask(_ context.Context, call string, put func() (run.Ask, error)) (run.Ask, error) {
	b.mu.Lock()
	asked, ok := b.Asked[call]
	b.mu.Unlock()
	if ok {
		return asked, nil
	}
	a, err := put()
	if err != nil {
		return a, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.ID, err = uuid.NewV7(); err != nil {
		return a, err
	}
	if b.Asked == nil {
		b.Asked = map[string]run.Ask{}
	}
	b.Asked[call] = a
	return a, b.append()
}

func (b *Bench) await(_ context.Context, call string) (run.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.Answers[call]
	if !ok {
		return a, ErrWaits
	}
	return a, nil
}

func (b *Bench) now() time.Time {
	if b.Clock == nil {
		return time.Now()
	}
	return b.Clock()
}
