package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// shown is an event as `runs tail --json` prints it.
type shown struct {
	Event string
	Data  struct {
		Seq  int
		Node string `json:"node_id"`
	}
}

func decodeLines(t *testing.T, text string) (events []shown) {
	t.Helper()
	for line := range strings.Lines(text) {
		var e shown
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		events = append(events, e)
	}
	return events
}

// begin starts a command of a person whose end nobody waits for yet.
func (p *product) begin(t *testing.T, out io.Writer, complaints io.Writer, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.environ(), out, complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// code is a command's exit code.
func code(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err == nil {
		return 0
	}
	return exit.ExitCode()
}

// startSlow starts what takes long and gives the run's id.
func (p *product) startSlow(t *testing.T) string {
	t.Helper()
	out, complaints, err := p.run(t, "trigger", "start", "slow", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var a answer
	decode(t, []byte(out), &a)
	return a.WorkflowID
}

func (p *product) cancel(t *testing.T, run string) {
	t.Helper()
	if _, complaints, err := p.run(t, "runs", "cancel", run); err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
}

func TestTailShowsARunToItsEnd(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	echo := p.ends(t, "echo", "--message", "hello")
	out, complaints, err := p.run(t, "runs", "tail", echo)
	if err != nil || complaints != "" || !strings.Contains(out, "accepted: echo build 1 in DEV, by echo (api)\n") || !strings.Contains(out, `"answer": "hello"`) {
		t.Errorf("%v\n%s%s", err, out, complaints)
	}
	boom := p.ends(t, "boom")
	out, complaints, err = p.run(t, "runs", "tail")
	if code(t, err) != 1 || !strings.Contains(out, "failed (node_failed): boom") || complaints != "run "+boom+"\nonset: run "+boom+" failed: boom\n" {
		t.Errorf("the newest run: %v\n%s%s", err, out, complaints)
	}
	out, complaints, err = p.run(t, "runs", "tail", "--trigger", "echo", "--since", "1", "--json")
	events := decodeLines(t, out)
	if err != nil || complaints != "run "+echo+"\n" || len(events) == 0 || events[0].Data.Seq != 2 || events[len(events)-1].Event != "run.completed" {
		t.Errorf("behind the second event: %v\n%s%s", err, out, complaints)
	}
	if out, _, err = p.run(t, "runs", "tail", boom, "--since", "1000", "--json"); code(t, err) != 1 || out != "" {
		t.Errorf("behind the end: %v\n%s", err, out)
	}
	if _, _, err = p.run(t, "runs", "tail", echo, "--server", "http://127.0.0.1:1", "--key", "k"); code(t, err) != 2 {
		t.Errorf("of a server that is away: %v", err)
	}
}

func TestTailGoesOnWhenTheServerIsKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	run := p.startSlow(t)
	out, complaints := newSaid(), newSaid()
	tail := p.begin(t, out, complaints, "runs", "tail", run, "--json")
	if err := out.await(`"event":"node.started"`); err != nil {
		t.Fatal(err)
	}
	p.kill(t)
	p.start(t)
	p.ready(t)
	if err := out.await(`"event":"run.resumed"`); err != nil {
		t.Fatal(err)
	}
	p.cancel(t, run)
	if got := code(t, tail.Wait()); got != 1 || complaints.String() != "onset: run "+run+" was cancelled: requested\n" {
		t.Errorf("exit code %d, %q", got, complaints)
	}
	events := decodeLines(t, out.String())
	for i, e := range events {
		if e.Data.Seq != i {
			t.Fatalf("event %d is %d: %s", i, e.Data.Seq, out)
		}
	}
	if first, last := events[0].Event, events[len(events)-1].Event; first != "run.accepted" || last != "run.cancelled" {
		t.Errorf("from %s to %s", first, last)
	}
}

func TestWhoStopsWaitingIsToldHowToGoOn(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	out, complaints := newSaid(), newSaid()
	tail := p.begin(t, out, complaints, "runs", "tail", p.startSlow(t))
	if err := out.await("started"); err != nil {
		t.Fatal(err)
	}
	if err := tail.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if got := code(t, tail.Wait()); got != 2 || !strings.Contains(complaints.String(), "the run goes on\n  go on with: onset runs tail ") {
		t.Errorf("exit code %d, %q", got, complaints)
	}
}

func TestWaitingShowsProgressOnATerminalOnly(t *testing.T) {
	t.Parallel()
	p := install(t)
	p.start(t)
	p.ready(t)
	for _, args := range [][]string{
		{"trigger", "start", "slow", "--wait", "--json"},
		{"trigger", "run", "slow", "--wait", "--json"},
	} {
		keyboard, screen, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer keyboard.Close()
		if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
			t.Fatal(err)
		}
		seen, out := newSaid(), newSaid()
		go func() { _, _ = io.Copy(seen, keyboard) }() // ends with the terminal
		waits := p.begin(t, out, screen, args...)
		if err := screen.Close(); err != nil {
			t.Fatal(err)
		}
		if err := seen.await("running sleep, 1s"); err != nil {
			t.Fatalf("%v: %s", err, seen)
		}
		p.cancel(t, p.newest(t))
		if got := code(t, waits.Wait()); got != 1 {
			t.Errorf("%v: exit code %d: %s%s", args, got, out, seen)
		}
		if err := seen.await("onset: run"); err != nil {
			t.Errorf("%v: %s", err, seen)
		}
		if !json.Valid([]byte(out.String())) {
			t.Errorf("%v prints %s", args, out)
		}
	}
	out, complaints := newSaid(), newSaid()
	waits := p.begin(t, out, complaints, "trigger", "start", "slow", "--wait")
	until(t, "the third run is running", func() bool {
		out, _, err := p.run(t, "runs", "list", "--status", "running")
		return err == nil && strings.Contains(out, "slow")
	})
	run := p.newest(t)
	p.cancel(t, run)
	if got := code(t, waits.Wait()); got != 1 {
		t.Errorf("exit code %d", got)
	}
	if said := complaints.String(); !strings.HasPrefix(said, "onset: run "+run+" failed: ") || strings.Count(said, "\n") != 1 {
		t.Errorf("beside the answer: %q", said)
	}
}

// newest is the id of the newest run.
func (p *product) newest(t *testing.T) string {
	t.Helper()
	out, complaints, err := p.run(t, "runs", "list", "--limit", "1", "--json")
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	var list struct {
		Items []struct{ ID string }
	}
	decode(t, []byte(out), &list)
	return list.Items[0].ID
}
