package native

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// namedModelDocument is a connection to language models with its name.
type namedModelDocument struct {
	Name string `json:"name"`
	model.Connection
	Version   int    `json:"version" doc:"Counts how often it was set."`
	UpdatedAt moment `json:"updated_at"`
}

func modelOf(v store.Value) namedModelDocument {
	return namedModelDocument{v.Name, v.Model, v.Version, moment(v.UpdatedAt)}
}

var modelsDoc = api.Doc{
	ID: "listModels", Summary: "List an environment's ways to language models, by name", Query: pageQuery{},
	Gives: api.Gives{http.StatusOK: list[namedModelDocument]{}},
}

func (n Native) models(ctx context.Context, c *api.Call) (int, any, error) {
	return listValues(ctx, c, store.ModelValue, modelOf)
}

var modelDoc = api.Doc{
	ID: "getModel", Summary: "Read a way to language models",
	Gives: api.Gives{http.StatusOK: namedModelDocument{}},
}

func (n Native) model(ctx context.Context, c *api.Call) (int, any, error) {
	return readValue(ctx, c, store.ModelValue, modelOf)
}

var putModelDoc = api.Doc{
	ID: "putModel", Summary: "Give an environment a way to language models",
	Detail: "It says where a secret is sent, so it takes the scope of secrets.",
	Takes:  model.Connection{}, Ignores: shownOfValue, Gives: api.Gives{http.StatusOK: namedModelDocument{}},
	Refuses: []fault.Code{fault.Conflict},
}

// putModel gives the environment a connection to language models. It says where
// a secret is sent, so it takes the scope of secrets.
func (n Native) putModel(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	raw, err := without(c.Raw, shownOfValue...)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[model.Connection](raw)
	if err != nil {
		return 0, nil, err
	}
	if err := checkConnection(wanted); err != nil {
		return 0, nil, err
	}
	if err := c.Store.PutModel(ctx, environment, c.Param("name"), wanted); err != nil {
		return 0, nil, err
	}
	return readValue(ctx, c, store.ModelValue, modelOf)
}

func checkConnection(wanted model.Connection) error {
	if u, err := url.Parse(wanted.BaseURL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return one("base_url", "invalid", "base_url is an address such as https://api.openai.com/v1")
	}
	for i, price := range wanted.USDPerMTok {
		if price < 0 {
			return one(fmt.Sprintf("usd_per_mtok[%d]", i), "invalid", "a price is not negative")
		}
	}
	return nil
}

var deleteModelDoc = api.Doc{
	ID: "deleteModel", Summary: "Take a way to language models away",
	Gives: api.Gives{http.StatusNoContent: nil},
}

func (n Native) deleteModel(ctx context.Context, c *api.Call) (int, any, error) {
	return n.deleteValue(ctx, c, store.ModelValue)
}
