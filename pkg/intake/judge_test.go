package intake

import (
	"context"
	"errors"
	"testing"

	"github.com/onsethq/onset/pkg/fault"
)

func TestSenderOfWhatTookTooLongIsAskedToSendAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	if err := late(ctx); err != nil {
		t.Errorf("in time: %v", err)
	}
	cancel()
	if err := late(ctx); !errors.Is(err, fault.Unavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("too late: %v", err)
	}
}
