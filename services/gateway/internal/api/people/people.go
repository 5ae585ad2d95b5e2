// Package people is the page behind a link: it shows one thing that a run asks
// to one person who has no key, and takes one answer. Opening it decides nothing,
// because mail programs and chats open links too. It works without scripts.
package people

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/link"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// People is what the surface's handlers work with.
type People struct {
	Store Store
	Links link.Signer
	// Knock and Announce tell the others of a run that goes on.
	Knock    func()
	Announce func(run uuid.UUID)
}

// Store is the view of a workspace that a link of ours names.
type Store interface {
	In(workspace uuid.UUID) store.Tenant
}

// Surface is one page, and where its form goes.
func (p People) Surface() api.Surface {
	const path = link.People + ":ask/:token"
	return api.Surface{
		Name:     "people",
		Prefixes: []string{link.People},
		Foreign:  errNoLink,
		Refuse:   refuse,
		Refused:  api.Page{},
		Routes: []api.Route{
			{Method: http.MethodGet, Path: path, Open: true, Do: p.show, Doc: showDoc},
			{Method: http.MethodPost, Path: path, Open: true, Form: true, Do: p.answer, Doc: answerDoc},
		},
	}
}

var errNoLink = fault.New(fault.NotFound, "This link does not exist")

// opened is what a link leads to.
func (p People) opened(ctx context.Context, c *api.Call) (store.Ask, link.Pass, error) {
	pass, ours := p.Links.Open(link.People, c.Param("ask"), c.Param("token"))
	if !ours {
		return store.Ask{}, pass, errNoLink
	}
	a, err := p.Store.In(pass.Workspace).Ask(ctx, pass.Ask)
	if err != nil && fault.Of(err).Code == fault.NotFound {
		err = errNoLink
	}
	return a, pass, err
}

var showDoc = api.Doc{
	ID: "showAsk", Summary: "Show a person what a run asks",
	Detail: "The page behind a link that was made for one person. It only shows: nothing is decided by opening it.",
	Gives:  api.Gives{http.StatusOK: api.Page{}},
}

func (p People) show(ctx context.Context, c *api.Call) (int, any, error) {
	a, pass, err := p.opened(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	v, err := viewOf(a, pass)
	return http.StatusOK, v.page(), err
}
