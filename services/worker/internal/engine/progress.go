package engine

import (
	"context"
	"fmt"

	"github.com/onsethq/onset/pkg/run"
)

// progress journals how far a step is, when that is news.
func (x *Executor) progress(ctx context.Context, s run.Step, done, total int) {
	told := ask(x.Journal, func(st *run.State) int { return st.Told(s) })
	if !news(told, done, total) {
		return
	}
	// A line that cannot be written is no reason to stop a run.
	_ = x.Journal.Tell(ctx, run.LogLine, s, run.Line{Level: "info", Message: fmt.Sprintf("%d of %d", done, total), Done: done, Total: total})
}

// news says whether a reader who was told of some parts wants to hear of done:
// of each part, or of each percent where there are more than a hundred. A total
// that grows with what is done makes no more of it.
func news(told, done, total int) bool {
	if done <= told || total <= 0 || done-told < total/100 {
		return false
	}
	return total <= 100 || done*100/total > told*100/total
}
