// Package phinite speaks the published start and status calls. Their bodies
// are promised to the letter, so they are built here and nowhere else.
package phinite

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/pkg/launch"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
	"github.com/onsethq/onset/services/gateway/internal/wait"
)

// Phinite is what the surface's handlers work with.
type Phinite struct {
	Launcher  launch.Launcher
	Inbound   api.Inbound
	Providers trigger.Registry
	Room      *wait.Room
	// Patience bounds each look at a run while a call waits for it.
	Patience time.Duration
	Now      func() time.Time
	// Announce tells all rooms of a run that a call has changed.
	Announce func(run uuid.UUID)
}

// Surface serves every route under both published prefixes.
func (p Phinite) Surface() api.Surface {
	prefixes := []string{"/trigger", "/api/v1/ai/trigger"}
	var routes []api.Route
	for i, prefix := range prefixes {
		as := []string{"", "Aliased"}[i] // two operations cannot have one name
		routes = append(routes,
			api.Route{Method: http.MethodPost, Path: prefix + "/:workspace/:trigger/:environment", Needs: key.TriggerInvoke, Starts: true, Do: p.call, Doc: callDoc(as)},
			api.Route{Method: http.MethodPost, Path: prefix + "/start/:workspace/:trigger/:environment", Needs: key.TriggerInvoke, Starts: true, Do: p.start, Doc: startDoc(as)},
			api.Route{Method: http.MethodGet, Path: prefix + "/status/:workspace/:workflow", Needs: key.RunRead, Sees: "workflow", Records: recordsRead, Do: p.status, Doc: statusDoc(as)},
			api.Route{Method: http.MethodPost, Path: prefix + "/resume/:workspace/:workflow", Needs: key.TriggerInvoke, Audit: "run.answer", Do: p.resume, Doc: resumeDoc(as)},
		)
		routes = append(routes, p.jiraRoutes(prefix, as)...)
	}
	routes = append(routes, api.Route{
		Method: http.MethodPost, Path: "/governance/human-approvals/:ask/decide", Needs: key.RunAnswer, Audit: "run.answer", Do: p.decide, Doc: decideDoc,
	})
	return api.Surface{
		Name:     "phinite",
		Prefixes: []string{"/trigger/", "/api/v1/ai/trigger/", "/governance/"},
		Routes:   routes,
		Foreign:  fault.Unauthenticated,
		Refuse:   refuse,
		Refused:  detail{},
	}
}

// beyond is how much longer than the run itself a call waits, so that the run's
// own end is seen.
const beyond = 2 * time.Second
