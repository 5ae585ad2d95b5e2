// Package flowra speaks the published words of trigger instances: where their
// webhooks arrive, and what became of them.
package flowra

import (
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/key"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// Flowra is what the surface's handlers work with.
type Flowra struct {
	Inbound api.Inbound
	// Patience bounds the look at a run that was started.
	Patience time.Duration
}

// Surface lists every route.
func (f Flowra) Surface() api.Surface {
	const root = "/api/v1/trigger_instances"
	return api.Surface{
		Name:     "flowra",
		Prefixes: []string{root + "/"},
		Routes: []api.Route{
			{Method: http.MethodPost, Path: root + "/manage/:trigger/webhook", Open: true, Hook: true, Do: f.webhook, Doc: webhookDoc},
			{Method: http.MethodGet, Path: root + "/invocation-logs", Needs: key.DeliveryRead, Do: f.logs, Doc: logsDoc},
			{Method: http.MethodPost, Path: root + "/invocation-logs/:delivery/replay-webhook", Needs: key.TriggerInvoke, Audit: "delivery.replay", Do: f.replay, Doc: replayDoc},
		},
		KeyHeader: "X-Api-Key",
		Foreign:   fault.Unauthenticated,
		Refuse:    refuse,
		Refused:   refusal{},
	}
}
