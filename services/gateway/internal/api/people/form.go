package people

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/strictjson"
)

// field is one line of a form.
type field struct {
	// Key is its name in what the page sends, Name that of the property.
	Key, Name string
	Label     string
	Note      string
	// Kind is what stands there: text, number, truth, choice, or json for
	// whatever the others cannot say.
	Kind     string
	Choices  []string
	Required bool
	Value    string
}

// fieldsOf draws a form from the properties of a schema, by their names. What a
// schema says beyond that is judged when the form comes back.
func fieldsOf(form json.RawMessage) ([]field, error) {
	if form == nil {
		return nil, nil
	}
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	if err := json.Unmarshal(form, &s); err != nil {
		return nil, fmt.Errorf("read a form: %w", err)
	}
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f := field{Key: "field:" + name, Name: name, Label: name, Kind: "json", Required: slices.Contains(s.Required, name)}
		f.describe(s.Properties[name])
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		fields = []field{{Key: "form", Label: "Answer, as JSON", Kind: "json", Required: true, Value: "{}"}}
	}
	return fields, nil
}

// describe chooses how a property is asked for; one that cannot be read is asked
// for as JSON.
func (f *field) describe(property json.RawMessage) {
	var p struct {
		Type        any    `json:"type"`
		Title       string `json:"title"`
		Description string `json:"description"`
		Enum        []any  `json:"enum"`
	}
	if json.Unmarshal(property, &p) != nil {
		return
	}
	if f.Note = p.Description; p.Title != "" {
		f.Label = p.Title
	}
	f.Choices = words(p.Enum)
	switch p.Type {
	case "string", nil:
		switch {
		case len(f.Choices) > 0:
			f.Kind = "choice"
		case p.Type != nil:
			f.Kind = "text"
		}
	case "number", "integer":
		f.Kind = "number"
	case "boolean":
		f.Kind = "truth"
	}
}

// words are the choices of a list that holds nothing but texts.
func words(choices []any) (texts []string) {
	for _, choice := range choices {
		text, is := choice.(string)
		if !is {
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// maxComment is the length of a comment in characters.
const maxComment = 2000

// read makes an answer of what the page sent, or says to the person what is
// wrong with it.
func (v view) read(said url.Values) (a run.Answer, wrong []string, err error) {
	a = run.Answer{Decision: run.Given, Comment: said.Get("comment")}
	if utf8.RuneCountInString(a.Comment) > maxComment || !utf8.ValidString(a.Comment) {
		wrong = append(wrong, fmt.Sprintf("A comment has at most %d characters.", maxComment))
	}
	if v.Doubt {
		a.Decision = run.Decision(said.Get("decision"))
		if !slices.Contains([]run.Decision{run.Happened, run.TryAgain, run.GiveUp}, a.Decision) {
			wrong = append(wrong, "Choose one of the three.")
		}
		return a, wrong, nil
	}
	if v.Question.Call != nil {
		wrong = append(wrong, v.approval(said, &a)...)
		return a, wrong, nil
	}
	if v.Question.Form != nil {
		a.Output, err = filled(v.Fields, said)
	} else {
		a.Output, err = json.Marshal(said.Get("answer"))
	}
	if err != nil {
		return a, wrong, err
	}
	return a, append(wrong, sentences(v.Question, a.Output)...), nil
}

// approval reads what was decided about a call: the one that the page showed.
func (v view) approval(said url.Values, a *run.Answer) (wrong []string) {
	call := *v.Question.Call
	a.Decision = run.Decision(said.Get("decision"))
	if a.Decision != run.Approved && a.Decision != run.Denied {
		wrong = append(wrong, "Approve or reject.")
	}
	if said.Get("hash") != call.Hash {
		wrong = append(wrong, "The page is about another call: open the link again.")
	}
	// A browser ends lines in its own way.
	edited := strings.TrimSpace(strings.ReplaceAll(said.Get("arguments"), "\r\n", "\n"))
	if a.Decision == run.Approved && edited != "" && edited != readable(call.Arguments) {
		a.Output = valueOf(edited)
		for _, d := range call.CheckEdited(a.Output) {
			wrong = append(wrong, sentence(d))
		}
	}
	return wrong
}

// filled is the object that a form comes to. What was left empty is left out,
// and what cannot be read stays text, for the schema to refuse.
func filled(fields []field, said url.Values) (json.RawMessage, error) {
	if len(fields) == 1 && fields[0].Name == "" {
		return valueOf(said.Get(fields[0].Key)), nil
	}
	object := map[string]json.RawMessage{}
	for _, f := range fields {
		text := said.Get(f.Key)
		switch {
		case f.Kind == "truth":
			object[f.Name] = json.RawMessage(fmt.Sprint(text != ""))
		case text == "":
		case f.Kind == "text", f.Kind == "choice":
			raw, err := json.Marshal(text)
			if err != nil {
				return nil, err
			}
			object[f.Name] = raw
		default:
			object[f.Name] = valueOf(text)
		}
	}
	return json.Marshal(object)
}

// valueOf is a text as the JSON that it is, or as a string.
func valueOf(text string) json.RawMessage {
	if strictjson.Check([]byte(text), strictjson.Stored) == nil {
		return json.RawMessage(text)
	}
	raw, _ := json.Marshal(text) // a string can always be written
	return raw
}

// sentences are what is wrong with an answer.
func sentences(q question.Question, answer json.RawMessage) (wrong []string) {
	for _, d := range q.Check(answer) {
		wrong = append(wrong, sentence(d))
	}
	return wrong
}

func sentence(d fault.Detail) string {
	if d.Path == "" {
		return d.Message
	}
	return d.Path + " " + d.Message
}
