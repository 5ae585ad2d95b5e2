package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/pkg/trigger"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// captureWanted is for how long deliveries are only kept to be looked at.
type captureWanted struct {
	For string `json:"for" doc:"A duration, 15m when it is left out and 1h at most; 0s ends it."`
}

// capturing is until when.
type capturing struct {
	Until *moment `json:"until" doc:"null when it is over."`
}

const (
	usualCapture   = 15 * time.Minute
	longestCapture = time.Hour
)

var captureDoc = api.Doc{
	ID: "captureDeliveries", Summary: "Keep what arrives for a while to be looked at, and start nothing",
	Detail: "For whoever sets up a webhook: the URL is the one that counts later, and deliveries that are verified are listed as captured. They can be sent again afterwards.",
	Takes:  captureWanted{}, Optional: true, Gives: api.Gives{http.StatusOK: capturing{}},
	Refuses: []fault.Code{fault.EnvironmentNotAllowed},
}

// capture opens the window, or closes it.
func (n Native) capture(ctx context.Context, c *api.Call) (int, any, error) {
	wanted, err := optional[captureWanted](c.Raw)
	if err != nil {
		return 0, nil, err
	}
	length := usualCapture
	if wanted.For != "" {
		if length, err = time.ParseDuration(wanted.For); err != nil || length < 0 || length > longestCapture {
			return 0, nil, one("for", "invalid", "for is a duration like 15m, at most 1h")
		}
	}
	t, err := n.vouched(ctx, c)
	if err != nil {
		return 0, nil, err
	}
	if !n.receives(t) {
		return 0, nil, fault.New(fault.CodeInvalid, "triggers of kind %s receive no deliveries that could be captured", t.Kind)
	}
	until := n.Now().Add(length)
	if err := c.Store.Capture(ctx, t.ID.String(), until); err != nil {
		return 0, nil, err
	}
	if length == 0 {
		return http.StatusOK, capturing{}, nil
	}
	return http.StatusOK, capturing{maybe(&until)}, nil
}

// receives says whether a trigger is started by webhooks.
func (n Native) receives(t trigger.Trigger) bool {
	provider, _ := n.Providers.Find(t.Kind)
	_, hooked := provider.(trigger.Hooked)
	return hooked
}

// heldBack is what would become of every delivery of a trigger, whatever it says;
// the zero document when that depends on it.
func (n Native) heldBack(ctx context.Context, c *api.Call, t trigger.Trigger) (wouldDocument, error) {
	if !n.receives(t) {
		return wouldDocument{}, nil
	}
	switch until, err := c.Store.Captured(ctx, t.ID); {
	case err != nil:
		return wouldDocument{}, err
	case until.After(n.Now()):
		return would(trigger.Disposition(trigger.DeliveryCaptured), "deliveries are captured until "+until.UTC().Format("15:04:05Z07:00")), nil
	}
	unproved, err := n.senderWarnings(ctx, c.Store, t)
	if err != nil || len(unproved) == 0 || t.Kind == trigger.KindWebhook {
		return wouldDocument{}, err // a webhook may have the secret of the installation
	}
	return would(trigger.Disposition(trigger.DeliveryRejected), unproved[0].Message), nil
}
