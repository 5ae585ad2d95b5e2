package chaos

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/run"
)

// The worker of an agent is killed at each of its steps, with a lease of a
// second. Only what was in flight is asked again, under the same key, and what
// the run is said to have used is what an undisturbed one uses. The long form
// has 51 steps.
func TestAgentKilledAtEachOfItsSteps(t *testing.T) {
	t.Parallel()
	name, asks := either("study", "marathon"), either(turns, marathonTurns)
	f := launch(t, plan{workers: 1, lease: time.Second})
	calm := f.client.started(t, name, "hello")
	f.client.ended(t, calm)

	steps := []string{}
	for turn := 1; turn <= asks; turn++ {
		steps = append(steps, fmt.Sprintf("think/0/model:%d", turn))
		if turn < asks {
			steps = append(steps, fmt.Sprintf("think/0/tool:%d:look", turn))
		}
	}
	next := f.sink.hold(ofAnother(calm, at(steps[0], 0)))
	killed := f.client.started(t, name, "hello")
	for i, step := range steps {
		held := next
		f.sink.await(t, step, of(killed, held.matches))
		if i+1 < len(steps) {
			next = f.sink.hold(of(killed, at(steps[i+1], 0)))
		}
		f.workers[0].kill(t)
		held.open()
		f.workers[0].start(t)
	}
	if a := f.client.ended(t, killed); a.Status != "completed" || a.Response["answer"] != fmt.Sprintf("done in %d turns", asks) {
		t.Errorf("the run ended as %+v", a)
	}
	for step, calls := range f.sink.of(killed) {
		if len(calls) != 2 {
			t.Errorf("%s was called %d times, want the killed one and another", step, len(calls))
		}
	}
	exactly(t, "different calls of the run that was killed", len(f.sink.of(killed)), len(f.sink.of(calm)))
	want, got := f.usage(t, calm), f.usage(t, killed)
	exactly(t, "questions to the model, as counted", got.ModelCalls, want.ModelCalls)
	exactly(t, "uses of its tool, as counted", got.ToolCalls, want.ToolCalls)
	exactly(t, "tokens, as counted", got.Tokens(), want.Tokens())
	moreThan(t, "tokens of the undisturbed run", want.Tokens(), 0)
}

// of matches the calls of one run, ofAnother those of all others.
func of(id uuid.UUID, matches func(call) bool) func(call) bool {
	return func(c call) bool { return c.run == id && matches(c) }
}

func ofAnother(id uuid.UUID, matches func(call) bool) func(call) bool {
	return func(c call) bool { return c.run != id && matches(c) }
}

// usage is what a run is said to have used.
func (f *fleet) usage(t *testing.T, id uuid.UUID) (u run.Usage) {
	t.Helper()
	var text []byte
	if err := f.db.QueryRow(t.Context(), `select usage from runs where id = $1`, id).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &u); err != nil {
		t.Fatal(err)
	}
	return u
}
