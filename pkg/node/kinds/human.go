package kinds

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/onsethq/onset/pkg/expr"
	"github.com/onsethq/onset/pkg/graph"
	"github.com/onsethq/onset/pkg/node"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/run"
)

var _ node.Kind = Human{}

// Human asks a person and puts the run aside until there is an answer: no worker
// holds it and its deadline clock stands. Silence decides nothing by itself: a
// question without expires_in waits on, and one that expires fails the node
// unless its author has said what shall be taken for the answer. The output is
//
//	{"answer": …, "by": "key:ops", "comment": "", "expired": false, "variables": {}}
//
// and what stands in variables becomes session variables.
type Human struct{}

type humanConfig struct {
	Question string `json:"question"`
	// Options or Form say which answers fit; with neither it is text.
	Options   []string        `json:"options"`
	Form      json.RawMessage `json:"form"`
	Assignees []string        `json:"assignees"`
	// ExpiresIn is a duration, and OnExpire what happens then: "fail" (the
	// default), "default" takes Default for the answer, "keep_waiting" only says
	// when an answer was wanted.
	ExpiresIn string          `json:"expires_in"`
	OnExpire  string          `json:"on_expire"`
	Default   json.RawMessage `json:"default"`
}

const (
	takeDefault = "default"
	keepWaiting = "keep_waiting"
)

// The bounds of what a question may hold.
const (
	maxChoices  = 50
	maxChoice   = 200 // characters
	maxQuestion = 64 << 10
)

func (Human) Name() string { return "human" }

func (Human) Traits(graph.Node) node.Traits {
	t := aside
	t.SetsFrom = "variables"
	return t
}

func (Human) Run(ctx context.Context, in *node.Input) (any, error) {
	c, err := decoded[humanConfig](in.Node)
	if err != nil {
		return nil, err
	}
	if _, err := in.Ask(ctx, "ask:1", func() (run.Ask, error) { return c.ask(ctx, in) }); err != nil {
		return nil, err
	}
	a, err := in.Await(ctx, "ask:1")
	switch {
	case err != nil:
		return nil, err
	case a.Decision != run.Expired:
		return said(a.Output, a), nil
	case c.OnExpire == takeDefault:
		return said(c.Default, a), nil
	}
	return nil, node.Permanent(run.ApprovalExpired, "nobody answered in time")
}

func said(answer json.RawMessage, a run.Answer) map[string]any {
	out := map[string]any{"answer": answer, "by": a.By, "comment": a.Comment, "expired": a.Decision == run.Expired, "variables": map[string]any{}}
	if a.Variables != nil {
		out["variables"] = a.Variables
	}
	return out
}

// ask fills the question.
func (c humanConfig) ask(ctx context.Context, in *node.Input) (a run.Ask, err error) {
	f := inside(in)
	q := question.Question{Form: c.Form}
	if q.Text, err = f.bounded(ctx, "config.question", c.Question, maxQuestion); err != nil {
		return a, err
	}
	if q.Options, err = f.texts(ctx, "config.options", c.Options); err != nil {
		return a, err
	}
	if q.Assignees, err = f.texts(ctx, "config.assignees", c.Assignees); err != nil {
		return a, err
	}
	a.Reason = run.ForInput
	if c.ExpiresIn != "" {
		d, err := f.span(ctx, "config.expires_in", c.ExpiresIn)
		if err != nil {
			return a, err
		}
		until := in.Now().UTC().Add(d).Truncate(time.Millisecond)
		a.Until = &until
	}
	if c.OnExpire == keepWaiting {
		q.DueAt, a.Until = a.Until, nil
	}
	if c.OnExpire == takeDefault && len(q.Check(c.Default)) > 0 {
		return a, node.Permanent(run.ExpressionFailed, "config.default: it is no answer to the question")
	}
	a.Question, err = json.Marshal(q)
	return a, err
}

// texts fill a list of short texts; what is there twice or empty stands once or
// not at all.
func (f filler) texts(ctx context.Context, path string, templates []string) (list []string, err error) {
	for i, template := range templates {
		text, err := f.bounded(ctx, fmt.Sprintf("%s[%d]", path, i), template, 4*maxChoice)
		if err != nil {
			return nil, err
		}
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list, nil
}

// bounded fills one text of which at most so many bytes are shown to a person.
func (f filler) bounded(ctx context.Context, path, template string, most int) (string, error) {
	text, err := f.text(ctx, path, template, expr.Verbatim)
	if err == nil && len(text) > most {
		err = node.Permanent(run.LimitExceeded, fmt.Sprintf("%s: the text has %d bytes; at most %d are shown to a person", path, len(text), most))
	}
	return text, err
}
