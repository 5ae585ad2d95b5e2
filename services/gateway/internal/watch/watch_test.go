package watch

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/onsethq/onset/pkg/trigger"
)

// answers are what a store says, one after the other; then the test is over.
type answers struct {
	left []error
	done context.CancelFunc
}

func (a *answers) CountAlarms(ctx context.Context) (map[trigger.AlarmKind]int, error) {
	if len(a.left) == 1 {
		a.done()
	}
	err := a.left[0]
	a.left = a.left[1:]
	return map[trigger.AlarmKind]int{trigger.ScheduleLate: 3, trigger.AutoPaused: 0}, err
}

func TestAlarmsAreAFigureOfEveryGateway(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	ctx, cancel := context.WithCancel(t.Context())
	w, err := New(&answers{[]error{nil}, cancel}, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.Run(ctx)
	want := `# HELP onset_alarms What is wrong with triggers now, by kind, in all workspaces, as this gateway sees it. All gateways see the same: take the maximum.
# TYPE onset_alarms gauge
onset_alarms{kind="schedule_late"} 3
onset_alarms{kind="trigger_auto_paused"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "onset_alarms"); err != nil {
		t.Error(err)
	}
}

func TestStoreThatIsAwayIsTold(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	w, err := New(&answers{[]error{errors.New("away"), nil}, func() {}}, prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if w.look(t.Context()) == nil {
		t.Error("a store that is away is no error")
	}
	if err := w.look(t.Context()); err != nil {
		t.Errorf("back again, it is %v", err)
	}
	if n := testutil.CollectAndCount(w.alarms); n != 2 {
		t.Errorf("%d figures are kept", n)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
