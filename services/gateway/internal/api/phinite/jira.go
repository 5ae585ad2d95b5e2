package phinite

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/intake"
	"github.com/onsethq/onset/pkg/run"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/tenant"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// jiraPaths are all published spellings of the address that Jira sends to; those
// with the word start do not wait for the end of the run.
var jiraPaths = []struct {
	path  string
	class run.Class
	as    string
}{
	{"/jira/start/:workspace/:trigger/:environment", run.Background, "receiveJira"},
	{"/start/:workspace/:trigger/:environment/jira", run.Background, "receiveJiraBehind"},
	{"/:workspace/:trigger/:environment/jira", run.Sync, "receiveJiraBehindAndWait"},
	{"/jira/:workspace/:trigger/:environment", run.Sync, "receiveJiraAndWait"},
}

// jiraRoutes are those of one prefix.
func (p Phinite) jiraRoutes(prefix, as string) (routes []api.Route) {
	for _, j := range jiraPaths {
		routes = append(routes, api.Route{
			Method: http.MethodPost, Path: prefix + j.path, Open: true, Hook: true, Do: p.jira(j.class), Doc: jiraDoc(j.as+as, j.class),
		})
	}
	return routes
}

// jiraAnswer is the body of every call, and of a delivery that starts nothing.
type jiraAnswer struct {
	answer
	Reason *string `json:"reason,omitempty" doc:"Why the delivery started nothing. Its status is then ignored, and there is no workflow_id."`
}

func jiraDoc(id string, class run.Class) api.Doc {
	how := "is answered with its id at once"
	if class == run.Sync {
		how = "is answered when the run has ended, and has 150 seconds"
	}
	return api.Doc{
		ID: id, Summary: "Take a webhook of Jira in",
		Detail: "It bears no key: it is signed with a secret of the trigger, which the path names by its id. Its fields are the session variables " +
			"of the run, `issue_key` among them. The start " + how + "; a repeated delivery finds the run of the first.",
		Gives: api.Gives{http.StatusOK: jiraAnswer{}},
		Refuses: []fault.Code{
			fault.Unauthenticated, fault.NotFound, fault.TriggerPaused, fault.NoBuild, fault.PayloadTooLarge,
			fault.UnsupportedMediaType, fault.CodeInvalid, fault.QueueFull, fault.RateLimited,
		},
	}
}

// jira takes a webhook of Jira in.
func (p Phinite) jira(class run.Class) api.Handler {
	return func(ctx context.Context, c *api.Call) (int, any, error) {
		environment := strings.ToUpper(c.Param("environment"))
		if !tenant.IsEnvironment(environment) {
			return 0, nil, notAnEnvironment(c.Param("environment"))
		}
		box, taken, err := p.Inbound.Take(ctx, c, api.Webhook{
			Trigger: c.Param("trigger"), Workspace: c.Param("workspace"), Kind: "jira", Environment: environment, Surface: "phinite", Class: class,
		})
		switch {
		case errors.Is(err, signature.NoSecret):
			return 0, nil, errNoJiraSecret
		case err != nil:
			return 0, nil, jiraRefusal(err)
		}
		c.Workspace, c.Store = box.Workspace(), p.Inbound.Store.In(box.Workspace().ID)
		return p.jiraTaken(c, class, taken)
	}
}

// jiraTaken answers with the run that a delivery started, or had started before.
func (p Phinite) jiraTaken(c *api.Call, class run.Class, t intake.Taken) (int, any, error) {
	switch t.Delivery.Outcome {
	case trigger.DeliveryStarted, trigger.DeliveryDuplicate:
	default:
		ignored := jiraAnswer{answer{Response: map[string]any{}, Status: "ignored", Logs: []entry{}}, &t.Delivery.Reason}
		return http.StatusOK, ignored, nil
	}
	accepted := run.Accepted{Run: t.Delivery.Run, Fresh: t.Fresh}
	if class == run.Sync {
		if last, seen, seated := p.hold(c, accepted); seated && seen {
			return p.awaited(c, last)
		} else if seated {
			return http.StatusOK, pending(accepted.Run), nil
		}
	}
	if !accepted.Fresh {
		ctx, cancel := context.WithTimeout(c.Request.Context(), p.Patience)
		defer cancel()
		return p.state(ctx, c, accepted)
	}
	p.stands(c, run.Run{ID: accepted.Run, Status: run.StatusPending, CreatedAt: p.Now()})
	return http.StatusOK, pending(accepted.Run), nil
}

// errNoJiraSecret is a trigger that nobody can prove anything to.
var errNoJiraSecret = errors.New("no secret is configured for the Jira trigger")

// jiraRefusal is what is wrong with a body, in the list of this surface.
func jiraRefusal(err error) error {
	switch f := fault.Of(err); {
	case f.Code == fault.BadJSON:
		return wrong(fault.BadJSON, broken(0, "JSON decode error", f.Message))
	case errors.Is(err, trigger.ErrNotObject):
		return wrong(fault.CodeInvalid, problem{Type: "dict_type", Loc: []any{"body"}, Msg: "Input should be a valid dictionary", Input: ""})
	}
	return err
}
