package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// valueWanted is the new value of a variable or a secret.
type valueWanted struct {
	Value string `json:"value" required:"true" doc:"At most 64 KiB; an environment holds at most 500 variables, and as many secrets and models."`
}

// listValues lists what an environment holds of one kind.
func listValues[D any](ctx context.Context, c *api.Call, kind store.ValueKind, document func(store.Value) D) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	p, err := page(c)
	if err != nil {
		return 0, nil, err
	}
	all, next, err := c.Store.Values(ctx, environment, kind, p)
	return http.StatusOK, listOf(all, next, document), err
}

// readValue shows the one that the path names.
func readValue[D any](ctx context.Context, c *api.Call, kind store.ValueKind, document func(store.Value) D) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	v, err := c.Store.Value(ctx, environment, kind, c.Param("name"))
	return http.StatusOK, document(v), err
}

func (n Native) deleteValue(ctx context.Context, c *api.Call, kind store.ValueKind) (int, any, error) {
	environment, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.Store.DeleteValue(ctx, environment, kind, c.Param("name"))
}
