package native

import (
	"context"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/model"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// environmentDocument is what an environment holds.
type environmentDocument struct {
	Name      string                      `json:"name"`
	Variables map[string]string           `json:"variables"`
	Secrets   map[string]secretDocument   `json:"secrets" doc:"That they exist. A secret's value is never shown, and its last characters only to a key with secret:manage."`
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
	document, err := held(ctx, c, name)
	return http.StatusOK, document, err
}

func held(ctx context.Context, c *api.Call, name string) (environmentDocument, error) {
	e, err := c.Store.Environment(ctx, name)
	if err != nil {
		return environmentDocument{}, err
	}
	secrets := map[string]secretDocument{}
	for secret, info := range e.Secrets {
		if !c.Key.Allows(key.SecretManage) {
			info.Last4 = "" // a part of a secret, however small
		}
		secrets[secret] = secretOf(secret, info)
	}
	return environmentDocument{name, e.Variables, secrets, e.Models}, nil
}

var environmentsDoc = api.Doc{
	ID: "listEnvironments", Summary: "List the environments that the key reaches",
	Detail: "Every workspace has DEV, UAT and PROD; they are neither made nor deleted.",
	Gives:  api.Gives{http.StatusOK: list[environmentDocument]{}},
}

// environments are those that the key reaches, with what they hold.
func (n Native) environments(ctx context.Context, c *api.Call) (int, any, error) {
	all := []environmentDocument{}
	for _, name := range tenant.Environments {
		if !c.Key.Reaches(name) {
			continue
		}
		document, err := held(ctx, c, name)
		if err != nil {
			return 0, nil, err
		}
		all = append(all, document)
	}
	return http.StatusOK, list[environmentDocument]{Items: all}, nil
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
