package trigger_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/pkg/trigger/providers"
)

// What would fail for every delivery is not kept.
func TestFiltersThatCanNeverBeTrueAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policies trigger.Policies
		want     string
	}{
		{trigger.Policies{Filter: `payload.action == "opened" && headers["x-github-event"] == event`}, ""},
		{trigger.Policies{Filter: `payload.urgent`}, ""},
		{trigger.Policies{Idempotency: `payload.id + query.n`}, ""},
		{trigger.Policies{Filter: `size(payload)`}, "filter: a condition is true or false, and this is of type int"},
		{trigger.Policies{Filter: `vars.n == 1`}, "filter: vars has no value here"},
		{trigger.Policies{Idempotency: `run.id`}, "idempotency: run has no value here"},
	} {
		var got []string
		for _, d := range c.policies.Check(providers.GitHub{}, time.Hour) {
			got = append(got, d.Path+": "+d.Message)
		}
		if all := strings.Join(got, "\n"); (c.want == "") != (all == "") || !strings.HasPrefix(all, c.want) {
			t.Errorf("%+v: %q, want %q", c.policies, all, c.want)
		}
	}
}

func TestMappingsOfWhatADeliveryDoesNotHaveAreRefused(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`{"message": "{{ payload.a }} {{ body.b }} {{ headers.event }} {{ query.q }} {{ event }} {{ trigger.name }}"}`: "",
		`{"user_variables": {"a": ["{{ schedule.missed }}"]}}`:                                                         "user_variables.a[0]: {{ schedule.missed }}: schedule has no value here",
		`{"message": "{{ vars.a }}"}`: "message: {{ vars.a }}: vars has no value here",
		`{"subject": "run.id"}`:       "subject: run has no value here",
	} {
		var got []string
		for _, d := range trigger.CheckMapping(json.RawMessage(config)) {
			got = append(got, d.Path+": "+d.Message)
		}
		if all := strings.Join(got, "\n"); (want == "") != (all == "") || !strings.HasPrefix(all, want) {
			t.Errorf("%s: %q, want %q", config, all, want)
		}
	}
}
