package gateway

import (
	"github.com/onsethq/onset/pkg/boot"
	"github.com/onsethq/onset/pkg/secret"
	"github.com/onsethq/onset/pkg/signature"
	"github.com/onsethq/onset/pkg/store"
	"github.com/onsethq/onset/pkg/trigger"
)

// senders are the secrets by which webhooks know who sends.
type senders struct {
	keyring trigger.Opener
	// shared is the secret of the whole installation; empty when there is none.
	shared secret.Secret
	// everywhere lets every workspace's webhooks know it.
	everywhere bool
}

func sendersOf(env *boot.Env) senders {
	return senders{env.Keyring, env.Settings.WebhookSecret, env.Settings.Mode == boot.Local}
}

// of opens the secrets of a trigger. One of its own replaces the installation's,
// which whoever knows it could start other people's triggers with: on a machine
// of several tenants it counts only where a workspace asks for it.
func (s senders) of(h store.Hooked) ([]signature.Secret, error) {
	own, err := trigger.OpenSecrets(s.keyring, h.Workspace.ID, h.Secrets)
	if err != nil || len(own) > 0 || s.shared == "" || h.Trigger.Kind != trigger.KindWebhook {
		return own, err
	}
	if s.everywhere || h.Workspace.Limits.SharedSecret {
		return []signature.Secret{{Value: s.shared}}, nil
	}
	return nil, nil
}
