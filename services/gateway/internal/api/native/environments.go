package native

import (
	"context"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// environmentDocument is what an environment holds.
type environmentDocument struct {
	Name      string                      `json:"name"`
	Variables map[string]string           `json:"variables"`
	Secrets   map[string]secretDocument   `json:"secrets" doc:"That they exist. A secret's value is never shown."`
	Models    map[string]model.Connection `json:"models"`
}

var environmentDoc = api.Doc{
	ID: "getEnvironment", Summary: "Read what an environment holds",
	Gives: api.Gives{http.StatusOK: environmentDocument{}},
}

// environment shows what an environment holds; of secrets, that they exist.
func (n Native) environment(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	e, err := c.Store.Environment(ctx, name)
	if err != nil {
		return 0, nil, err
	}
	secrets := map[string]secretDocument{}
	for secret, info := range e.Secrets {
		secrets[secret] = secretOf(secret, info)
	}
	return http.StatusOK, environmentDocument{name, e.Variables, secrets, e.Models}, nil
}

// assignmentDocument is the build that an environment's runs use.
type assignmentDocument struct {
	Environment string `json:"environment"`
	Graph       string `json:"graph"`
	Build       int    `json:"build"`
}

var assignmentDoc = api.Doc{
	ID: "getAssignment", Summary: "Read which build an environment's runs use",
	Gives: api.Gives{http.StatusOK: assignmentDocument{}}, Refuses: []fault.Code{fault.NoBuild},
}

func (n Native) assignment(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	build, err := c.Store.Assignment(ctx, name, c.Param("graph"))
	return http.StatusOK, assignmentDocument{name, c.Param("graph"), build}, err
}

// assignmentWanted names a build.
type assignmentWanted struct {
	Build int `json:"build" required:"true" doc:"The number of a build of the graph."`
}

var assignDoc = api.Doc{
	ID: "putAssignment", Summary: "Say which build an environment's runs use from now on",
	Takes: assignmentWanted{}, Gives: api.Gives{http.StatusOK: assignmentDocument{}},
}

// assign says which build the environment's runs use from now on.
func (n Native) assign(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[assignmentWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	err = c.Store.Assign(ctx, name, c.Param("graph"), wanted.Build)
	return http.StatusOK, assignmentDocument{name, c.Param("graph"), wanted.Build}, err
}

// variableDocument is a variable of an environment.
type variableDocument struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var putVariableDoc = api.Doc{
	ID: "putVariable", Summary: "Set a variable of an environment",
	Takes: valueWanted{}, Gives: api.Gives{http.StatusOK: variableDocument{}},
}

func (n Native) putVariable(ctx context.Context, c *api.Call) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	wanted, err := decode[valueWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	err = c.Store.PutVariable(ctx, name, c.Param("name"), wanted.Value)
	return http.StatusOK, variableDocument{c.Param("name"), wanted.Value}, err
}

// valueWanted is the new value of a variable or a secret.
type valueWanted struct {
	Value string `json:"value" required:"true"`
}

var deleteVariableDoc = api.Doc{
	ID: "deleteVariable", Summary: "Take a variable of an environment away",
	Gives: api.Gives{http.StatusNoContent: nil},
}

func (n Native) deleteVariable(ctx context.Context, c *api.Call) (int, any, error) {
	return n.deleteValue(ctx, c, store.VariableValue)
}

func (n Native) deleteValue(ctx context.Context, c *api.Call, kind store.ValueKind) (int, any, error) {
	name, err := environmentOf(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, c.Store.DeleteValue(ctx, name, kind, c.Param("name"))
}

// environmentOf is the environment that the path names, if the key reaches it.
func environmentOf(c *api.Call) (string, error) { return reached(c, c.Param("environment")) }

// reached is an environment by its name in any case, if the key may act there.
func reached(c *api.Call, name string) (string, error) {
	environment := strings.ToUpper(name)
	if !tenant.IsEnvironment(environment) {
		return "", fault.New(fault.NotFound, "no such environment: DEV, UAT or PROD")
	}
	if !c.Key.Reaches(environment) {
		return "", fault.New(fault.EnvironmentNotAllowed, "this key does not reach environment %s", environment)
	}
	return environment, nil
}

// reachesAll refuses a key that may not act in each of these environments; none
// stands for every one. What is said of them all holds in each.
func reachesAll(c *api.Call, environments []string) error {
	if len(environments) == 0 {
		environments = tenant.Environments
	}
	for _, name := range environments {
		if _, err := reached(c, name); err != nil {
			return err
		}
	}
	return nil
}
