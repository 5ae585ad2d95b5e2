package providers_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

func TestScheduleIsCheckedBeforeItIsKept(t *testing.T) {
	t.Parallel()
	r := trigger.NewRegistry(providers.All()...)
	for config, want := range map[string][]string{
		`{"cron": "0 9 * * *", "timezone": "Europe/Berlin", "message": "since {{ schedule.previous_fire }}"}`: nil,
		`{"cron": ["0 9 * * *", "0 9 30 2 *"]}`:                                                                {"config.cron[1] never_fires"},
		`{"cron": "61 * * * *"}`:                                                                               {"config.cron invalid_cron"},
		`{"cron": "0 9 * * *", "timezone": "Mars/Base"}`:                                                       {"config.timezone unknown_timezone"},
		`{"run_at": "2026-03-20T11:59:59Z"}`:                                                                   {"config.run_at never_fires"},
		`{"cron": "0 9 * * *", "end_time": "2020-01-01T00:00:00Z"}`:                                            {"config.end_time invalid"},
		`{"every": "5m", "message": "{{ schedule. }}"}`:                                                        {"config.message bad_template"},
		`{"every": "5m", "message": "{{ payload.text }}"}`:                                                     {"config.message bad_template"},
		`{"every": "5m", "message": "{{ schedule.at }}"}`:                                                      {"config.message bad_template"},
		`{"every": "5m", "user_variables": {"a": "{{ schedule.missed + schedule.late }} {{ trigger.kind }}"}}`: {"config.user_variables.a bad_template"},
		`{"every": "5m", "message": "{{ schedule.last_output.text }} {{ trigger.id }}"}`:                       nil,
		`{"every": "5m", "user_variables": {"a": ["{{ 1 + }}"]}}`:                                              {"config.user_variables.a[0] bad_template"},
		`{"every": "5m", "user_variables": {"a.b": 1}}`:                                                        {"config.user_variables invalid"},
		`{}`: {"config.cron invalid"},
		`{"cron": "0 9 * * *", "frequency": "daily"}`: {"config.frequency unknown_field"},
		`{"run_at": "tomorrow"}`:                      {"config.run_at invalid"},
	} {
		var got []string
		for _, d := range r.Check("schedule", json.RawMessage(config), noon) {
			got = append(got, d.Path+" "+d.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: wrong at %v, want %v", config, got, want)
		}
	}
}

func TestScheduleSpeaksOfItsMoment(t *testing.T) {
	t.Parallel()
	before := noon.Add(-24 * time.Hour)
	s := trigger.Trigger{ID: uuid.New(), Name: "nightly", Kind: "schedule", Config: json.RawMessage(`{"cron": "0 12 * * *",
		"message": "{{ trigger.name }} for {{ schedule.scheduled_for }}, {{ schedule.lateness_s }} s late, {{ schedule.missed }} missed, last {{ schedule.last_error }}",
		"user_variables": {"since": "{{ schedule.previous_fire }}", "before": "{{ schedule.last_output }}", "never": "{{ schedule.previous_success }}", "n": 9007199254740993}}`)}
	got, err := providers.Schedule{}.Event(t.Context(), s, trigger.Occasion{
		ScheduledFor: noon, FiredAt: noon.Add(90 * time.Second), Missed: 2, PreviousFire: &before,
		LastOutput: map[string]any{"n": int64(1), "text": "{{ trigger.name }}"}, LastError: "boom",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := trigger.Event{
		Message: "nightly for 2026-03-20T12:00:00Z, 90 s late, 2 missed, last boom",
		UserVariables: map[string]any{
			"since": "2026-03-19T12:00:00Z", "never": "", "n": int64(9007199254740993),
			"before": map[string]any{"n": int64(1), "text": "{{ trigger.name }}"},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestScheduleThatLooksBackIsTold(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]bool{
		`{"message": "{{ schedule.scheduled_for }}"}`:                    false,
		`{"message": "{{ schedule.previous_fire }}"}`:                    true,
		`{"user_variables": {"a": ["{{ size(schedule.last_error) }}"]}}`: true,
		`{"message": "schedule.last_error"}`:                             false,
	} {
		if got := (providers.Schedule{}).LooksBack(json.RawMessage(config)); got != want {
			t.Errorf("%s: %t", config, got)
		}
	}
}
