// Package kortix speaks the published webhook call, to the letter.
package kortix

import (
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Kortix is what the surface's handlers work with.
type Kortix struct {
	Inbound api.Inbound
	// Patience bounds the look at a run that was started.
	Patience time.Duration
}

// Surface serves every route under both published prefixes.
func (k Kortix) Surface() api.Surface {
	prefixes := []string{"/api/triggers", "/v1/triggers"}
	var routes []api.Route
	for i, prefix := range prefixes {
		as := []string{"", "Aliased"}[i] // two operations cannot have one name
		routes = append(routes,
			api.Route{Method: http.MethodPost, Path: prefix + "/:trigger/webhook", Open: true, Hook: true, Do: k.webhook, Doc: webhookDoc(as)},
			api.Route{Method: http.MethodGet, Path: prefix + "/:trigger/webhook", Open: true, Do: k.alive, Doc: aliveDoc(as)},
		)
	}
	return api.Surface{
		Name:     "kortix",
		Prefixes: []string{"/api/triggers/", "/v1/triggers/"},
		Routes:   routes,
		Foreign:  fault.Unauthenticated,
		Refuse:   refuse,
		Refused:  refusal{},
	}
}
