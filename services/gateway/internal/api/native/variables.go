package native

import (
	"context"
	"net/http"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// variableDocument is a variable of an environment.
type variableDocument struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	Version   int    `json:"version" doc:"Counts how often it was set."`
	UpdatedAt moment `json:"updated_at"`
}

// shownOfValue are the fields that callers send back with a value they read.
var shownOfValue = []string{"name", "version", "updated_at"}

func variableOf(v store.Value) variableDocument {
	return variableDocument{v.Name, v.Text, v.Version, moment(v.UpdatedAt)}
}

var variablesDoc = api.Doc{
	ID: "listVariables", Summary: "List the variables of an environment, by name", Query: pageQuery{},
	Gives: api.Gives{http.StatusOK: list[variableDocument]{}},
}

func (n Native) variables(ctx context.Context, c *api.Call) (int, any, error) {
	return listValues(ctx, c, store.VariableValue, variableOf)
}

var variableDoc = api.Doc{
	ID: "getVariable", Summary: "Read a variable of an environment",
	Gives: api.Gives{http.StatusOK: variableDocument{}},
}

func (n Native) variable(ctx context.Context, c *api.Call) (int, any, error) {
	return readValue(ctx, c, store.VariableValue, variableOf)
}

var putVariableDoc = api.Doc{
	ID: "putVariable", Summary: "Set a variable of an environment",
	Takes: valueWanted{}, Ignores: shownOfValue, Gives: api.Gives{http.StatusOK: variableDocument{}},
	Refuses: []fault.Code{fault.Conflict},
}

func (n Native) putVariable(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	raw, err := without(c.Raw, shownOfValue...)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[valueWanted](raw)
	if err != nil {
		return 0, nil, err
	}
	if err := c.Store.PutVariable(ctx, name, c.Param("name"), wanted.Value); err != nil {
		return 0, nil, err
	}
	return readValue(ctx, c, store.VariableValue, variableOf)
}

var deleteVariableDoc = api.Doc{
	ID: "deleteVariable", Summary: "Take a variable of an environment away",
	Gives: api.Gives{http.StatusNoContent: nil},
}

func (n Native) deleteVariable(ctx context.Context, c *api.Call) (int, any, error) {
	return n.deleteValue(ctx, c, store.VariableValue)
}
