package native

import (
	"context"
	"net/http"
	"time"

	"github.com/onsethq/onset/pkg/fault"
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
	id, err := n.reachedTrigger(ctx, c, c.Param("trigger"))
	if err != nil {
		return 0, nil, err
	}
	until := n.Now().Add(length)
	if err := c.Store.Capture(ctx, id, until); err != nil {
		return 0, nil, err
	}
	if length == 0 {
		return http.StatusOK, capturing{}, nil
	}
	return http.StatusOK, capturing{maybe(&until)}, nil
}
