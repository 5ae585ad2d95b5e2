package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/strictjson"
)

// Phinite's form speaks of a trigger in words of its own. translated turns a
// document in those words into one in ours, and gives what turns the places of
// a refusal back. A document in our words stays as it is. In a patch null takes a
// field away; otherwise it is what a form sends for a field that is not used.
func translated(raw []byte, patch bool) (ours []byte, back func(error) error, err error) {
	same := func(err error) error { return err }
	if err := wellFormed(raw); err != nil {
		return nil, same, err
	}
	fields, err := strictjson.Object(raw)
	if err != nil || !slices.ContainsFunc(marks, func(mark string) bool { return fields[mark] != nil }) {
		return raw, same, nil
	}
	if !patch {
		maps.DeleteFunc(fields, func(_ string, value json.RawMessage) bool { return string(value) == "null" })
	}
	w := words{fields: fields, out: map[string]any{}, config: map[string]any{}}
	w.translate()
	if len(w.wrong) > 0 {
		return nil, w.back, refusedDocument(w.wrong)
	}
	ours, err = json.Marshal(w.out)
	return ours, w.back, err
}

// triggerForm is a trigger in the words of Phinite's form. It is published, not
// decoded: a patch has to tell null from nothing.
type triggerForm struct {
	Name           string               `json:"name" doc:"The title. The name in paths is made from it."`
	WorkflowType   string               `json:"workflow_type" doc:"api, background_task, cron or manual."`
	GraphID        string               `json:"graph_id" doc:"The name or id of a graph."`
	FlowID         string               `json:"flow_id" doc:"Another word for graph_id."`
	AgentGraphID   string               `json:"agent_graph_id" doc:"Another word for graph_id."`
	Integration    string               `json:"integration" doc:"jira, or null."`
	CronExpression string               `json:"cron_expression"`
	Timezone       string               `json:"timezone"`
	StartTime      string               `json:"start_time"`
	Message        string               `json:"message" doc:"The first message of a run whose caller sends none."`
	UserVariables  map[string]any       `json:"user_variables" doc:"Session variables of every run; the caller's win."`
	Environments   map[string]formBuild `json:"environments" doc:"By name: where it starts runs. Every one has the same build_id, or none has."`
}

type formBuild struct {
	BuildID buildID `json:"build_id" doc:"null means the build that is assigned to the environment."`
}

// marks are the words that only the form has.
var marks = []string{"workflow_type", "graph_id", "flow_id", "agent_graph_id", "integration", "cron_expression"}

// phrases are the words that mean one of ours. Where two mean the same, the
// first is what a refusal is told in unless the other was sent.
var phrases = []struct{ theirs, ours string }{
	{"name", "title"},
	{"graph_id", "graph"},
	{"flow_id", "graph"},
	{"agent_graph_id", "graph"},
	{"cron_expression", "config.cron"},
	{"timezone", "config.timezone"},
	{"start_time", "config.start_time"},
	{"message", "config.message"},
	{"user_variables", "config.user_variables"},
}

// workflowTypes are the kinds under their names.
var workflowTypes = map[string]string{"api": "api", "background_task": "background", "cron": "schedule", "manual": "manual"}

// words is one document on its way.
type words struct {
	fields map[string]json.RawMessage
	out    map[string]any
	config map[string]any
	wrong  []fault.Detail
}

func (w *words) translate() {
	for _, p := range phrases {
		if value, said := w.fields[p.theirs]; said {
			w.say(p.ours, value)
		}
	}
	w.kind()
	w.environments()
	for _, name := range slices.Sorted(maps.Keys(w.fields)) {
		if !inForm(name) {
			w.mistake(name, string(fault.UnknownField), "field %q does not exist beside workflow_type", name)
		}
	}
	if len(w.config) > 0 {
		w.out["config"] = w.config
	}
}

func inForm(name string) bool {
	return slices.Contains([]string{"workflow_type", "integration", "environments"}, name) ||
		slices.ContainsFunc(phrases, func(p struct{ theirs, ours string }) bool { return p.theirs == name })
}

func (w *words) say(ours string, value any) {
	if name, inside := strings.CutPrefix(ours, "config."); inside {
		w.config[name] = value
		return
	}
	w.out[ours] = value
}

func (w *words) mistake(path, code, format string, args ...any) {
	w.wrong = append(w.wrong, fault.Detail{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// kind is the workflow type, or the integration that stands in front of it.
func (w *words) kind() {
	var workflow, integration string
	if !w.text("workflow_type", &workflow) || !w.text("integration", &integration) {
		return
	}
	kind, known := workflowTypes[workflow]
	_, asked := w.fields["integration"]
	switch {
	case workflow != "" && !known:
		w.mistake("workflow_type", "unknown_kind", "a workflow_type is api, background_task, cron or manual")
	case integration == "" && workflow == "" && asked:
		w.mistake("workflow_type", "invalid", "send the workflow_type that is meant without the integration")
	case integration == "" && workflow != "":
		w.out["kind"] = kind
	case integration == "":
	case integration != "jira":
		w.mistake("integration", "unknown_kind", "an integration is jira, or null")
	case workflow == "cron" || workflow == "manual":
		w.mistake("integration", "invalid", "an integration calls over HTTP: its workflow_type is api or background_task")
	default:
		w.out["kind"] = "jira"
	}
}

// text reads a string that may be null or left out.
func (w *words) text(name string, into *string) bool {
	if value, said := w.fields[name]; said && json.Unmarshal(value, into) != nil {
		w.mistake(name, "invalid", "should be a string")
		return false
	}
	return true
}

// environments are an object of builds by environment. A trigger starts one
// build in all of them, or in each the one that is assigned there.
func (w *words) environments() {
	raw, said := w.fields["environments"]
	if !said || string(raw) == "null" {
		if said {
			w.out["environments"] = raw
		}
		return
	}
	var builds map[string]formBuild
	if wrong := strictjson.Decode(raw, &builds); len(wrong) > 0 {
		for _, d := range wrong {
			w.mistake(strictjson.Under("environments", d.Path), d.Code, "%s", d.Message)
		}
		return
	}
	names := slices.Sorted(maps.Keys(builds))
	w.out["environments"] = names
	w.out["build"] = pin(0)
	for _, name := range names {
		if builds[name] != builds[names[0]] {
			w.mistake("environments", "invalid", "give every environment the same build_id, or leave it out to start the build that is assigned to each")
			return
		}
		w.out["build"] = pin(builds[name].BuildID)
	}
}

// buildID is a number, also in quotes, or null for the build that is assigned.
type buildID int

// UnmarshalJSON reads 3, "3" and null.
func (b *buildID) UnmarshalJSON(raw []byte) error {
	var p pin
	if err := p.UnmarshalJSON(bytes.Trim(raw, `"`)); err != nil {
		return errors.New("a build_id is the number of a build, or null")
	}
	*b = buildID(p)
	return nil
}

// Shape is the schema of all three.
func (buildID) Shape() map[string]any {
	return map[string]any{"anyOf": []map[string]any{{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+$"}, {"type": "null"}}}
}

// back tells the places of a refusal in the words that were sent.
func (w *words) back(err error) error {
	f := *fault.Of(err)
	if len(f.Details) == 0 {
		return err
	}
	f.Details = slices.Clone(f.Details)
	for i, d := range f.Details {
		f.Details[i].Path = w.theirs(d.Path)
	}
	return &f
}

func (w *words) theirs(path string) string {
	switch {
	case path == "build":
		return "environments"
	case path == "kind" && w.out["kind"] == "jira":
		return "integration"
	case path == "kind":
		return "workflow_type"
	}
	for _, sent := range []bool{true, false} {
		for _, p := range phrases {
			rest, under := strings.CutPrefix(path, p.ours)
			if under && (rest == "" || rest[0] == '.' || rest[0] == '[') && (!sent || w.fields[p.theirs] != nil) {
				return p.theirs + rest
			}
		}
	}
	return path
}
