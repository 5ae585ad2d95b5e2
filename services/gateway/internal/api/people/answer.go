package people

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var answerDoc = api.Doc{
	ID: "answerAsk", Summary: "Take a person's answer",
	Detail: "What the form of that page sends. The first answer that fits is taken; whoever comes later hears who was first.",
	Gives:  api.Gives{http.StatusOK: api.Page{}}, Refuses: []fault.Code{fault.Conflict, fault.AlreadyFinished, fault.RateLimited},
}

// answer takes what the form says, and shows the page again: with what is wrong
// with it, or with what became of it.
func (p People) answer(ctx context.Context, c *api.Call) (int, any, error) {
	a, pass, err := p.opened(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	said, err := url.ParseQuery(string(c.Raw))
	if err != nil {
		return 0, nil, fault.New(fault.CodeInvalid, "The form cannot be read")
	}
	v, err := viewOf(a, pass)
	if err != nil {
		return 0, nil, err
	}
	answer, wrong, err := v.read(said)
	if err != nil {
		return 0, nil, err
	}
	if a.Status == store.AskOpen && len(wrong) > 0 {
		return p.told(c, v.with(said, wrong), fault.CodeInvalid)
	}
	settled, err := p.settle(ctx, c, a, pass, answer)
	code := fault.Of(err).Code
	switch {
	case err == nil:
		v, err = viewOf(settled, pass)
		return http.StatusOK, v.page(), err
	case errors.Is(err, fault.Conflict), errors.Is(err, fault.AlreadyFinished):
		return p.told(c, v.with(said, []string{fault.Of(err).Message}).closed(), code)
	}
	return 0, nil, err
}

// told shows the page with a status that is no success.
func (p People) told(c *api.Call, v view, code fault.Code) (int, any, error) {
	c.Header.Set("X-Error-Code", string(code))
	return api.Status(code), v.page(), nil
}

// settle notes the answer in the name of the one who was given the link.
func (p People) settle(ctx context.Context, c *api.Call, a store.Ask, pass link.Pass, answer run.Answer) (store.Ask, error) {
	answer.By = "link:" + pass.For
	mark := &audit.Mark{Entry: audit.Entry{Actor: answer.By, Action: "run.answer", Address: c.Peer.String(), RequestID: c.ID}}
	mark.Changed("run/"+a.Run.String(), nil, audit.Fields{"decision": answer.Decision, "node": a.Step.Node, "call": a.Step.Call})
	settled, r, err := p.Store.In(pass.Workspace).Audited(mark).Answer(ctx, a.ID, answer)
	if err == nil && r.ID != uuid.Nil {
		p.Knock()
		p.Announce(r.ID)
	}
	return settled, err
}
