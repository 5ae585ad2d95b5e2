package native

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// triggerDocument is a trigger as it is shown by itself.
type triggerDocument struct {
	triggerRow
	Warnings []notice `json:"warnings" doc:"What is allowed and yet seldom meant. No warning refuses anything."`
}

// triggerRow is a trigger as a list shows it.
type triggerRow struct {
	ID           uuid.UUID         `json:"id"`
	Name         string            `json:"name"`
	Title        string            `json:"title"`
	Kind         string            `json:"kind"`
	Graph        string            `json:"graph"`
	Build        pin               `json:"build"`
	Environments []string          `json:"environments" doc:"Where it starts runs; none means everywhere."`
	Status       trigger.Status    `json:"status"`
	PausedReason *string           `json:"paused_reason"`
	Config       json.RawMessage   `json:"config" doc:"As the kind's schema says."`
	Policies     trigger.Policies  `json:"policies"`
	Labels       map[string]string `json:"labels"`
	Account      *string           `json:"account" doc:"The account that it listens to; null for kinds that listen to none."`
	URLs         map[string]urls   `json:"urls" doc:"By environment, of a trigger that is started through them."`
	NextFireAt   *moment           `json:"next_fire_at" doc:"null for kinds that do not go by the clock, and for schedules that are paused, over or broken."`
	LastRun      *lastRun          `json:"last_run" doc:"The newest run that it started; null when there is none, or none that the key may see."`
	Revision     int               `json:"revision"`
	CreatedAt    moment            `json:"created_at"`
	UpdatedAt    moment            `json:"updated_at"`
}

// shownOfTrigger are the fields that callers send back with what they edited.
var shownOfTrigger = []string{"id", "paused_reason", "account", "urls", "next_fire_at", "last_run", "warnings", "revision", "created_at", "updated_at"}

// lastRun is a run in one line.
type lastRun struct {
	ID     uuid.UUID  `json:"id"`
	Status run.Status `json:"status"`
	At     moment     `json:"at" doc:"When it was accepted."`
}

// urls are where a trigger is started in one environment: Call waits for the
// result, Start does not, Webhook is for senders who have no key.
type urls struct {
	Call    string `json:"call,omitempty" doc:"POST there starts a run and waits for its end."`
	Start   string `json:"start,omitempty" doc:"POST there starts a run and answers at once."`
	Status  string `json:"status,omitempty" doc:"GET there tells how a run stands."`
	Webhook string `json:"webhook,omitempty" doc:"What arrives there is verified and starts a run: the URL to give to the sender."`
}

func (n Native) triggerOf(c *api.Call, t trigger.Trigger, now standing) triggerRow {
	d := triggerRow{
		ID: t.ID, Name: t.Name, Title: t.Title, Kind: t.Kind, Graph: t.Graph, Build: pin(t.Build),
		Environments: append([]string{}, t.Environments...), Status: t.Status, Config: t.Config,
		Policies: t.Policies, Labels: t.Labels, URLs: n.urls(c.Workspace, t),
		Revision: t.Revision, CreatedAt: moment(t.CreatedAt), UpdatedAt: moment(t.UpdatedAt),
	}
	if t.Status == trigger.Paused {
		d.PausedReason = orNull(t.PausedReason)
	}
	if p, ok := now.positions[t.ID]; ok {
		d.NextFireAt = maybe(p.Nominal)
	}
	d.LastRun = lastRunOf(c, t.ID, now.last)
	return d
}

// lastRunOf is the newest run of a trigger, if the key may see it.
func lastRunOf(c *api.Call, of uuid.UUID, last map[uuid.UUID]store.LastRun) *lastRun {
	r, ok := last[of]
	if !ok || !c.Key.Reaches(r.Environment) {
		return nil
	}
	return &lastRun{ID: r.ID, Status: r.Status, At: moment(r.CreatedAt)}
}

// urls of a trigger that is started through them, by environment.
func (n Native) urls(ws tenant.Workspace, t trigger.Trigger) map[string]urls {
	out := map[string]urls{}
	for _, environment := range tenant.Environments {
		if u := n.urlsIn(ws, t, environment); u != (urls{}) && t.In(environment) {
			out[environment] = u
		}
	}
	return out
}

func (n Native) urlsIn(ws tenant.Workspace, t trigger.Trigger, environment string) urls {
	provider, _ := n.Providers.Find(t.Kind)
	_, called := provider.(trigger.Called)
	_, hooked := provider.(trigger.Hooked)
	status := n.Base + "/trigger/status/" + ws.Name + "/{workflow_id}"
	switch {
	case t.Kind == "jira":
		at := fmt.Sprintf("%s/%s/%s", ws.Name, t.ID, environment)
		return urls{Call: n.Base + "/trigger/jira/" + at, Start: n.Base + "/trigger/jira/start/" + at, Status: status, Webhook: n.Base + "/trigger/jira/start/" + at}
	case hooked:
		return urls{Webhook: n.Base + "/api/v1/hooks/" + t.ID.String() + "/" + environment}
	case called:
		at := fmt.Sprintf("%s/%s/%s", ws.Name, t.Name, environment)
		return urls{Call: n.Base + "/trigger/" + at, Start: n.Base + "/trigger/start/" + at, Status: status}
	}
	return urls{}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// triggerWanted is a trigger as it is written.
type triggerWanted struct {
	Name         string            `json:"name"`
	Title        string            `json:"title"`
	Kind         string            `json:"kind" required:"true"`
	Graph        string            `json:"graph" required:"true" doc:"The name or id of a graph."`
	Build        pin               `json:"build"`
	Environments []string          `json:"environments" doc:"Where it shall start runs; none means everywhere."`
	Status       trigger.Status    `json:"status"`
	Config       json.RawMessage   `json:"config" doc:"As the kind's schema says."`
	Policies     trigger.Policies  `json:"policies"`
	Labels       map[string]string `json:"labels"`
	Secret       secret.Secret     `json:"secret" doc:"What its sender proves itself with, in the place of its other secrets. It is sealed at once and never shown; left out, the secrets stay as they are."`
}

// maxTitle is in characters.
const maxTitle = 255

// trigger is what the document asks for, and everything that is wrong with it.
func (w triggerWanted) trigger(name string, kinds trigger.Registry, runLimit time.Duration, now time.Time) (trigger.Trigger, []fault.Detail) {
	var wrong []fault.Detail
	mistake := func(path, format string, args ...any) {
		wrong = append(wrong, fault.Detail{Path: path, Code: string(fault.CodeInvalid), Message: fmt.Sprintf(format, args...)})
	}
	if w.Name != "" && w.Name != name {
		mistake("name", "the name is not the one in the path")
	}
	if utf8.RuneCountInString(w.Title) > maxTitle {
		mistake("title", "a title has at most %d characters", maxTitle)
	}
	if w.Graph == "" {
		mistake("graph", "a trigger needs the name or id of a graph")
	}
	if len(w.Config) == 0 {
		w.Config = json.RawMessage(`{}`)
	}
	wrong = append(wrong, kinds.Check(w.Kind, w.Config, now)...)
	var environments []string
	for i, text := range w.Environments {
		environment := strings.ToUpper(text)
		if !tenant.IsEnvironment(environment) {
			mistake(fmt.Sprintf("environments[%d]", i), "an environment is DEV, UAT or PROD")
		}
		environments = append(environments, environment)
	}
	slices.Sort(environments)
	provider, _ := kinds.Find(w.Kind)
	for _, d := range w.Policies.Check(provider, runLimit) {
		d.Path = strictjson.Under("policies", d.Path)
		wrong = append(wrong, d)
	}
	return trigger.Trigger{
		Name: name, Title: w.Title, Kind: w.Kind, Graph: w.Graph, Build: int(w.Build),
		Environments: slices.Compact(environments), Status: w.Status,
		Config: w.Config, Policies: w.Policies, Labels: w.Labels,
	}, wrong
}

// pin is a build's number, or "assigned" for the one of the environment.
type pin int

const assigned = `"assigned"`

// MarshalJSON writes what UnmarshalJSON reads.
func (p pin) MarshalJSON() ([]byte, error) {
	if p == 0 {
		return []byte(assigned), nil
	}
	return strconv.AppendInt(nil, int64(p), 10), nil
}

// Shape is the schema of both.
func (p pin) Shape() map[string]any {
	return map[string]any{
		"description": "The number of a build, or `assigned` for the one of the environment.",
		"type":        []string{"integer", "string"}, "minimum": 1, "pattern": "^assigned$",
	}
}

// UnmarshalJSON reads "assigned" or a number from 1.
func (p *pin) UnmarshalJSON(b []byte) error {
	if string(b) == assigned {
		*p = 0
		return nil
	}
	n, err := strconv.Atoi(string(b))
	if err != nil || n < 1 {
		return fmt.Errorf(`a build is a number from 1, or "assigned"`)
	}
	*p = pin(n)
	return nil
}
