package watch

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
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

// figures are what a registry shows, by kind.
func figures(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			all[family.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	return all
}

var counted = map[string]float64{"onset_alarms schedule_late": 3, "onset_alarms trigger_auto_paused": 0}

func TestAlarmsAreAFigureOfEveryGateway(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	ctx, cancel := context.WithCancel(t.Context())
	w, err := New(&answers{[]error{nil}, cancel}, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.Run(ctx)
	if got := figures(t, registry); !maps.Equal(got, counted) {
		t.Errorf("the figures are %v", got)
	}
}

func TestStoreThatIsAwayIsTold(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	w, err := New(&answers{[]error{errors.New("away"), nil}, func() {}}, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if w.look(t.Context()) == nil {
		t.Error("a store that is away is no error")
	}
	if err := w.look(t.Context()); err != nil {
		t.Errorf("back again, it is %v", err)
	}
	if got := figures(t, registry); !maps.Equal(got, counted) {
		t.Errorf("the figures are %v", got)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
