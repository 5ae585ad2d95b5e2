package providers_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

func TestEveryProviderIsFoundAndDescribed(t *testing.T) {
	t.Parallel()
	r := trigger.NewRegistry(providers.All()...)
	for _, p := range r.All() {
		found, ok := r.Find(p.Kind())
		if !ok || found != p {
			t.Errorf("%q is not found by its kind", p.Kind())
		}
		if p.Title() == "" || p.Description() == "" {
			t.Errorf("%q says nothing to people", p.Kind())
		}
		if wrong := r.Check(p.Kind(), json.RawMessage(least(p)), time.Now()); len(wrong) > 0 {
			t.Errorf("%q refuses the least config: %v", p.Kind(), wrong)
		}
	}
	if _, ok := r.Find("pigeon"); ok {
		t.Error("a kind that is not in the list was found")
	}
}

// least is the shortest config that a kind accepts.
func least(p trigger.Provider) string {
	if p.Kind() == trigger.KindSchedule {
		return `{"preset": "daily"}`
	}
	return `{}`
}

func TestOnlyApiAndBackgroundAreCalled(t *testing.T) {
	t.Parallel()
	var called []string
	for _, p := range providers.All() {
		if _, ok := p.(trigger.Called); ok {
			called = append(called, p.Kind())
		}
	}
	if !slices.Equal(called, []string{"api", "background"}) {
		t.Errorf("called by URL: %v", called)
	}
}

func TestCheckNamesThePlace(t *testing.T) {
	t.Parallel()
	r := trigger.NewRegistry(providers.All()...)
	for _, c := range []struct {
		kind, config string
		paths        []string
		code         string
	}{
		{"pigeon", `{}`, []string{"kind"}, "unknown_kind"},
		{"api", `{"message": 5}`, []string{"config.message"}, ""},
		{"api", `{"cron": "* * * * *"}`, []string{"config.cron"}, string(fault.UnknownField)},
		{"manual", `[]`, []string{"config"}, ""},
	} {
		wrong := r.Check(c.kind, json.RawMessage(c.config), time.Now())
		var paths []string
		for _, d := range wrong {
			paths = append(paths, d.Path)
			if c.code != "" && d.Code != c.code {
				t.Errorf("%s %s: code %s", c.kind, c.config, d.Code)
			}
		}
		if !slices.Equal(paths, c.paths) {
			t.Errorf("%s %s: wrong at %v, want %v", c.kind, c.config, paths, c.paths)
		}
	}
}

func TestCallerWinsOverConfig(t *testing.T) {
	t.Parallel()
	config := json.RawMessage(`{"message": "default", "user_variables": {"a": 1, "big": 9007199254740993, "b": "config"}}`)
	for name, c := range map[string]struct {
		config json.RawMessage
		body   trigger.Event
		want   trigger.Event
	}{
		"caller says nothing": {config, trigger.Event{}, trigger.Event{
			Message: "default", UserVariables: map[string]any{"a": int64(1), "big": int64(9007199254740993), "b": "config"},
		}},
		"caller says something": {config, trigger.Event{Message: "hi", UserVariables: map[string]any{"b": nil, "c": true}}, trigger.Event{
			Message: "hi", UserVariables: map[string]any{"a": int64(1), "big": int64(9007199254740993), "b": nil, "c": true},
		}},
		"no config": {nil, trigger.Event{Message: "hi"}, trigger.Event{Message: "hi"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := providers.API{}.Call(c.config, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTwoProvidersOfOneKindStopTheProgram(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != `trigger: two providers are of kind "api"` {
			t.Errorf("got %v", p)
		}
	}()
	trigger.NewRegistry(providers.API{}, providers.API{})
}
