package native

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

var putModelDoc = api.Doc{
	ID: "putModel", Summary: "Give an environment a way to language models",
	Takes: model.Connection{}, Gives: api.Gives{http.StatusOK: model.Connection{}},
}

// putModel gives the environment a connection to language models. It says where
// a secret is sent, so it takes the scope of secrets.
func (n Native) putModel(ctx context.Context, c *api.Call) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[model.Connection](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	if u, err := url.Parse(wanted.BaseURL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return 0, nil, one("base_url", "invalid", "base_url is an address such as https://api.openai.com/v1")
	}
	for i, price := range wanted.USDPerMTok {
		if price < 0 {
			return 0, nil, one(fmt.Sprintf("usd_per_mtok[%d]", i), "invalid", "a price is not negative")
		}
	}
	return http.StatusOK, wanted, c.Store.PutModel(ctx, environment, c.Param("name"), wanted)
}

var deleteModelDoc = api.Doc{
	ID: "deleteModel", Summary: "Take a way to language models away",
	Gives: api.Gives{http.StatusNoContent: nil},
}

func (n Native) deleteModel(ctx context.Context, c *api.Call) (int, any, error) {
	return n.deleteValue(ctx, c, store.ModelValue)
}
