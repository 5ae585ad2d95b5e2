package native

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// kindDocument is what a trigger may be.
type kindDocument struct {
	Kind        string          `json:"kind"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
}

var triggerKindsDoc = api.Doc{
	ID: "listTriggerKinds", Summary: "List what a trigger may be",
	Detail: "Each kind comes with the JSON schema of its `config`.",
	Gives:  api.Gives{http.StatusOK: list[kindDocument]{}},
}

// triggerKinds lists what a trigger may be, with the schema of its config.
func (n Native) triggerKinds(context.Context, *api.Call) (int, any, error) {
	return http.StatusOK, listOf(n.Providers.All(), "", func(p trigger.Provider) kindDocument {
		return kindDocument{p.Kind(), p.Title(), p.Description(), p.Schema()}
	}), nil
}
