package live

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// elapsing is a clock that is an hour further at each look.
func elapsing() func() time.Time {
	var hours time.Duration
	return func() time.Time {
		hours += time.Hour
		return time.Unix(0, 0).Add(hours)
	}
}

func accepted(d Doing) Doing { return d.After(Event{Name: "run.accepted"}) }

func TestProgressIsOneLineThatGoesAway(t *testing.T) {
	t.Parallel()
	var terminal bytes.Buffer
	p := Show(&terminal, 40, elapsing())
	p.Tell(accepted)
	if err := p.Above(func() error {
		_, err := fmt.Fprintln(&terminal, "an event")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p.Tell(func(d Doing) Doing { return d.Lost(fmt.Errorf("%s", strings.Repeat("x\n", 100))) })
	p.End()
	said := terminal.String()
	const gone = "\r\x1b[2K"
	if !strings.HasPrefix(said, "waits for a worker, 1h0m0s"+gone+"an event\nwaits for a worker, 2h0m0s"+gone) || !strings.HasSuffix(said, gone) {
		t.Errorf("%q", said)
	}
	for _, line := range strings.Split(said, gone) {
		if len(line) >= 40 && !strings.Contains(line, "\n") || strings.Count(line, "\n") > 1 {
			t.Errorf("%q does not fit on a line", line)
		}
	}
}

func TestProgressIsNotShownWhereThereIsNoTerminal(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	p := Show(&file, Terminal(&file), elapsing())
	p.Tell(accepted)
	if err := p.Above(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	p.End()
	if file.Len() > 0 {
		t.Errorf("%q", file.String())
	}
}

func TestProgressDoesNotShowForWhatIsSoonOver(t *testing.T) {
	t.Parallel()
	var terminal bytes.Buffer
	began := time.Now()
	p := Show(&terminal, 80, func() time.Time { return began })
	p.Tell(accepted)
	p.End()
	if terminal.Len() > 0 {
		t.Errorf("%q", terminal.String())
	}
}
