package people

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/strictjson"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

//go:embed page.html
var source string

// shown is the page. What strangers wrote stands in it as text.
var shown = template.Must(template.New("page").Parse(source))

// view is what the page shows.
type view struct {
	Title string
	// For is who was given the link.
	For      string
	Question question.Question
	Fields   []field
	Graph    string
	Place    string // the environment
	Asked    string
	Expires  string
	// Open says that an answer is wanted; Outcome is what became of it otherwise.
	Open    bool
	Outcome string
	Wrong   []string
	Comment string
	// Text is what was said to a question without form and options.
	Text string
	// Arguments are those of a call that waits for approval, to be read.
	Arguments string
	// Doubt says that it is about a step whose outcome nobody knows.
	Doubt bool
}

func viewOf(a store.Ask, pass link.Pass) (view, error) {
	q, err := question.Of(a.Question)
	if err != nil {
		return view{}, err
	}
	v := view{
		Title: "A run of " + a.Graph + " asks", For: pass.For, Question: q, Graph: a.Graph, Place: a.Environment, Asked: a.AskedAt.UTC().Format(written),
		Open: a.Status == store.AskOpen, Outcome: outcome(a), Doubt: a.Reason == run.OutcomeUnknown,
	}
	if q.Call != nil {
		v.Arguments = readable(q.Call.Arguments)
	}
	if a.Until != nil {
		v.Expires = a.Until.UTC().Format(written)
	}
	v.Fields, err = fieldsOf(q.Form)
	return v, err
}

const written = "2006-01-02 15:04 MST"

// outcome is what became of an ask, for the one who comes too late.
func outcome(a store.Ask) string {
	switch a.Status {
	case store.AskAnswered:
		return fmt.Sprintf("%s answered at %s. The run goes on.", a.Answer.By, a.SettledAt.UTC().Format(written))
	case store.AskExpired:
		return fmt.Sprintf("Nobody answered in time: it expired at %s.", a.SettledAt.UTC().Format(written))
	case store.AskClosed:
		return "The run does not wait for an answer any more."
	}
	return ""
}

// with is the page with what was said, and what is wrong with it.
func (v view) with(said url.Values, wrong []string) view {
	v.Wrong, v.Comment, v.Text = wrong, said.Get("comment"), said.Get("answer")
	if edited := said.Get("arguments"); edited != "" {
		v.Arguments = edited
	}
	fields := make([]field, len(v.Fields))
	for i, f := range v.Fields {
		f.Value = said.Get(f.Key)
		fields[i] = f
	}
	v.Fields = fields
	return v
}

// readable is JSON over several lines, with nothing in it that cannot be seen.
func readable(raw json.RawMessage) string {
	v, err := strictjson.Value(raw)
	if err != nil {
		return strictjson.Legible(string(raw))
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if enc.Encode(v) != nil {
		return strictjson.Legible(string(raw))
	}
	return strictjson.Legible(strings.TrimSpace(out.String()))
}

// closed is the page of one that nobody can answer any more.
func (v view) closed() view {
	v.Open = false
	return v
}

func (v view) page() api.Page {
	var out bytes.Buffer
	if err := shown.Execute(&out, v); err != nil {
		panic("people: the page cannot be made: " + err.Error()) // a mistake in this repository
	}
	return out.Bytes()
}

// refuse says an error to a person.
func refuse(err error, _ string) api.Refusal {
	f := fault.Of(err)
	status := api.Status(f.Code)
	v := view{Title: http.StatusText(status), Outcome: f.Message}
	return api.Refusal{Status: status, ContentType: "text/html; charset=utf-8", Body: v.page()}
}
