package native

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/onsethq/onset/pkg/audit"
	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/question"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// linkWanted is who shall be given a link.
type linkWanted struct {
	For string `json:"for" required:"true" doc:"Who is given the link, such as an e-mail address: the answer is noted as theirs. Of a question with assignees it is one of them."`
}

// linkDocument is an address for one person and one answer.
type linkDocument struct {
	URL       string  `json:"url" doc:"A page that shows what is asked and takes one answer. Who has the address needs no key: hand it only to the one who is named."`
	For       string  `json:"for"`
	ExpiresAt *moment `json:"expires_at" doc:"When the question expires; null when it does not. The link ends with the first answer, too."`
}

var linkAskDoc = api.Doc{
	ID: "linkAsk", Summary: "Make a link with which one person can answer without a key",
	Detail: "The page behind the link only shows the question when it is opened, so that whatever looks at links in mails decides nothing. " +
		"The link works once, and not any more when somebody else was faster." + blank,
	Takes: linkWanted{}, Gives: api.Gives{http.StatusCreated: linkDocument{}}, Refuses: []fault.Code{fault.NotWaiting},
}

// linkAsk makes a link with which one person can answer without a key.
func (n Native) linkAsk(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := decode[linkWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	a, err := foundAsk(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	if a.Status != store.AskOpen || !a.Reason.OfPerson() {
		return 0, nil, fault.New(fault.NotWaiting, "nobody is waited for")
	}
	q, err := question.Of(a.Question)
	if err != nil {
		return 0, nil, err
	}
	if err := wanted.check(q); err != nil {
		return 0, nil, err
	}
	c.Altered("run/"+a.Run.String(), nil, audit.Fields{"for": wanted.For, "node": a.Step.Node, "call": a.Step.Call})
	url := n.Links.Person(link.Pass{Workspace: c.Workspace.ID, Ask: a.ID, For: wanted.For})
	return http.StatusCreated, linkDocument{URL: url, For: wanted.For, ExpiresAt: maybe(a.Until)}, nil
}

func (w linkWanted) check(q question.Question) error {
	switch {
	case w.For == "" || len(w.For) > link.MaxFor || strings.ContainsFunc(w.For, unicode.IsControl):
		return one("for", "invalid", "for names who is given the link, in 1 to 200 bytes that can be read")
	case len(q.Assignees) > 0 && !slices.Contains(q.Assignees, w.For):
		return one("for", "invalid", "the question is for others: for is one of its assignees")
	}
	return nil
}
