package native

import (
	"context"
	"errors"
	"net/http"

	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/trigger"
)

// noSecret says that nobody can prove anything to a webhook.
const noSecret = "no_secret"

// keepers is what asking for a trigger's secrets needs of a workspace's store.
type keepers interface {
	TriggerSecrets(ctx context.Context, ref string) ([]trigger.Secret, error)
}

// senderWarnings are what the maker of a webhook should know.
func (n Native) senderWarnings(ctx context.Context, s keepers, t trigger.Trigger) ([]notice, error) {
	provider, _ := n.Providers.Find(t.Kind)
	hooked, ok := provider.(trigger.Hooked)
	if !ok || t.Status == trigger.Archived {
		return nil, nil
	}
	if _, err := hooked.Verify(t.Config, trigger.Hook{Header: http.Header{}}, nil); !errors.Is(err, signature.NoSecret) {
		return nil, nil // it asks for no proof
	}
	kept, err := s.TriggerSecrets(ctx, t.ID.String())
	if err != nil || len(kept) > 0 {
		return nil, err
	}
	if t.Kind == trigger.KindWebhook {
		return []notice{{noSecret, "the trigger has no secret of its own: only TRIGGER_WEBHOOK_SECRET starts it, where that counts"}}, nil
	}
	return []notice{{noSecret, "the trigger has no secret, so that nothing it is sent is accepted: set the one that its sender signs with"}}, nil
}
